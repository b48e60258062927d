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
              new-app      Make a function app in a new folder
              init         Make a function app of the package in this folder
              new          Add a function to the app
              run          Build the function app and run it, anew whenever it changes
              invoke       Call a function of an app that runs
              durable      Look after the orchestrations of an app that runs
              list         List the functions of the app, with their bindings and the settings that they need
              check        Check the bindings of the app against its settings and `host.json`
              doctor       Check this machine and the files of the app
              build        Build the app for Azure, and check that it runs there
              pack         Build the app, and pack it for Azure
              deploy       Build and pack the app, and publish it with the Azure CLI
              completions  Print the completions for a shell
              man          Print the manual page, or write one for each command
              help         Print this message or the help of the given subcommand(s)

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
            Build the function app and run it, anew whenever it changes

            Usage: cargo func run [OPTIONS]

            Options:
                  --port <PORT>           Port to listen on, 0 for any free one [default: `LocalHttpPort` of `local.settings.json`, or 7071]
                  --no-watch              Build once, and do not look for changes
                  --env-file <FILE>       File of settings, one `NAME=value` a line; they replace those of `local.settings.json`, and variables of the shell replace them
                  --auth                  Ask for function, host and master keys, as in Azure
                  --debug                 Print the number of the worker's process, and wait for a debugger before functions run
                  --host <HOST>           Which host runs the app [default: embedded] [possible values: embedded, func]
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
        &["build", "-h"],
        &expect![[r#"
        exit code 0
        --- stdout
        Build the app for Azure, and check that it runs there

        Usage: cargo func build [OPTIONS]

        Options:
              --container  Build for an image of your own instead of Flex Consumption
          -h, --help       Print help (see more with '--help')

        Target options:
              --arm64              Build for arm64, which only containers can run
              --target <TRIPLE>    Target of rustc, such as `x86_64-unknown-linux-musl`
              --builder <PROGRAM>  What to build with [default: cargo on such a machine, else cargo-zigbuild or cross, which is installed] [possible values: cargo, zigbuild, cross]
              --glibc <VERSION>    The glibc of the image [default: 2.39 of Ubuntu 24.04; 2.31 of Debian 11 for containers]
              --allow-abort        Build although a panic ends the whole worker with `panic = "abort"`

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
        &["pack", "-h"],
        &expect![[r#"
        exit code 0
        --- stdout
        Build the app, and pack it for Azure

        Usage: cargo func pack [OPTIONS]

        Options:
          -o, --out <PATH>     File to write, or folder with `--container` [default: in `target/func`]
              --container      Write a folder that `docker build` makes an image of, instead of a zip
              --image <IMAGE>  Image to start from, which has the host in it [default: mcr.microsoft.com/azure-functions/dotnet:4]
          -h, --help           Print help (see more with '--help')

        Package options:
              --max-size <MB>  Largest package, in MB; more than 800 has no room in an instance of Flex Consumption [default: 800]

        Target options:
              --arm64              Build for arm64, which only containers can run
              --target <TRIPLE>    Target of rustc, such as `x86_64-unknown-linux-musl`
              --builder <PROGRAM>  What to build with [default: cargo on such a machine, else cargo-zigbuild or cross, which is installed] [possible values: cargo, zigbuild, cross]
              --glibc <VERSION>    The glibc of the image [default: 2.39 of Ubuntu 24.04; 2.31 of Debian 11 for containers]
              --allow-abort        Build although a panic ends the whole worker with `panic = "abort"`

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
        &["deploy", "-h"],
        &expect![[r#"
        exit code 0
        --- stdout
        Build and pack the app, and publish it with the Azure CLI

        Usage: cargo func deploy [OPTIONS] --resource-group <NAME> --name <NAME>

        Options:
          -g, --resource-group <NAME>        Resource group of the function app
          -n, --name <NAME>                  Name of the function app in Azure
              --subscription <SUBSCRIPTION>  Name or id of the subscription [default: the one that `az account show` shows]
              --zip <FILE>                   Publish this package of `cargo func pack`, and build nothing
              --dry-run                      Show every command and every file, and do nothing
          -h, --help                         Print help (see more with '--help')

        Package options:
              --max-size <MB>  Largest package, in MB; more than 800 has no room in an instance of Flex Consumption [default: 800]

        Target options:
              --arm64              Build for arm64, which only containers can run
              --target <TRIPLE>    Target of rustc, such as `x86_64-unknown-linux-musl`
              --builder <PROGRAM>  What to build with [default: cargo on such a machine, else cargo-zigbuild or cross, which is installed] [possible values: cargo, zigbuild, cross]
              --glibc <VERSION>    The glibc of the image [default: 2.39 of Ubuntu 24.04; 2.31 of Debian 11 for containers]
              --allow-abort        Build although a panic ends the whole worker with `panic = "abort"`

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
        &["completions", "-h"],
        &expect![[r#"
        exit code 0
        --- stdout
        Print the completions for a shell

        Usage: cargo func completions [OPTIONS] <SHELL>

        Arguments:
          <SHELL>  The shell [possible values: bash, elvish, fish, powershell, zsh]

        Options:
          -h, --help  Print help (see more with '--help')

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
        &["man", "-h"],
        &expect![[r#"
        exit code 0
        --- stdout
        Print the manual page, or write one for each command

        Usage: cargo func man [OPTIONS]

        Options:
          -o, --out <FOLDER>  Folder to write the pages of all commands to, such as `~/.local/share/man/man1`
          -h, --help          Print help (see more with '--help')

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
