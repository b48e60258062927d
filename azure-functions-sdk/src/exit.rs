//! The exit codes, and the words by which the help explains them.

/// Something failed.
pub(crate) const FAILURE: u8 = 1;
/// The command line was not understood: clap's own code for it.
pub(crate) const USAGE: u8 = 2;
/// The app could not be built: cargo's own code for it.
pub(crate) const BUILD: u8 = 101;
/// The program was interrupted: a shell's code for it.
pub(crate) const INTERRUPTED: u8 = 130;

/// What the help of every command ends with.
pub(crate) const HELP: &str = "\
Exit codes:
    0  it did what it was told; for `run`, it was stopped by Ctrl-C or SIGTERM
    1  something failed
    2  the command line was not understood
  101  the app could not be built
  130  it was told to stop twice, and did not wait for running functions";
