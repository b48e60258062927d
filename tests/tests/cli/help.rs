//! What the help says, and how a command line is refused.

use expect_test::expect;

use crate::support::check;

#[test]
fn help() {
    check(
        &["--help"],
        &expect![[r#"
            exit code 0
            --- stdout
            Azure Functions in Rust, on your machine

            Usage: cargo func [OPTIONS] <COMMAND>

            Commands:
              new-app  Make a function app in a new folder
              init     Make a function app of the package in this folder
              new      Add a function to the app
              run      Build the function app and run it on a host of its own
              invoke   Call a function of an app that runs
              list     List the functions of the app, with their bindings and the settings that they need
              check    Check the bindings of the app against its settings and `host.json`
              doctor   Check this machine and the files of the app
              help     Print this message or the help of the given subcommand(s)

            Options:
              -h, --help
                      Print help (see a summary with '-h')

              -V, --version
                      Print version

            Output options:
              -q, --quiet
                      Print warnings and errors only

                  --color <WHEN>
                      When to use colours

                      Possible values:
                      - auto:   If the output is a terminal
                      - always: Always
                      - never:  Never

                      [default: auto]

                  --json
                      Print JSON for programs to standard output: one object, or one a line for each event of `run`

            Exit codes:
                0  it did what it was told; for `run`, it was stopped by Ctrl-C or SIGTERM
                1  something failed
                2  the command line was not understood
              101  the app could not be built
              130  it was told to stop twice, and did not wait for running functions
        "#]],
    );
    check(
        &["run", "-h"],
        &expect![[r#"
        exit code 0
        --- stdout
        Build the function app and run it on a host of its own

        Usage: cargo func run [OPTIONS]

        Options:
              --port <PORT>           Port to listen on, 0 for any free one [default: `LocalHttpPort` of `local.settings.json`, or 7071]
              --durable-store <FILE>  Keep orchestrations and entities in this file, so that they go on in the next run [default: in memory]
          -h, --help                  Print help (see more with '--help')

        Cargo options:
          -p, --package <SPEC>          Package that is the function app
              --bin <NAME>              Binary to run
              --example <NAME>          Example to run
          -r, --release                 Build with optimizations
              --profile <NAME>          Build with the given profile
          -F, --features <FEATURES>     Features to enable, separated by commas or spaces
              --all-features            Enable all features
              --no-default-features     Do not enable the `default` feature
              --target-dir <DIRECTORY>  Directory for what is built
              --manifest-path <PATH>    Path to `Cargo.toml`

        Output options:
          -q, --quiet         Print warnings and errors only
              --color <WHEN>  When to use colours [default: auto] [possible values: auto, always, never]
              --json          Print JSON for programs to standard output: one object, or one a line for each event of `run`

        Exit codes:
            0  it did what it was told; for `run`, it was stopped by Ctrl-C or SIGTERM
            1  something failed
            2  the command line was not understood
          101  the app could not be built
          130  it was told to stop twice, and did not wait for running functions
    "#]],
    );
    check(
        &["start"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: unrecognized subcommand 'start'

        Usage: cargo func [OPTIONS] <COMMAND>

        For more information, try '--help'.
    "#]],
    );
    check(
        &["run", "--port", "x"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: invalid value 'x' for '--port <PORT>': invalid digit found in string

        For more information, try '--help'.
    "#]],
    );
}
