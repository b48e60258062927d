//! `cargo func`: run Azure Functions written in Rust on a bare machine.

mod app;
mod cargo;
mod cli;
mod client;
mod commands;
mod doctor;
mod edit;
mod error;
mod exit;
mod finding;
mod function;
mod lint;
mod needs;
mod project;
mod render;
mod samples;
mod similar;
mod template;
mod triggers;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{cli::Cli, render::Terminal};

fn main() -> ExitCode {
    let cli = Cli::parse_from(cli::arguments(std::env::args_os()));
    let terminal = Terminal::new(&cli.output);
    match commands::run(&cli.command, &terminal) {
        Ok(code) => code,
        Err(failure) => {
            render::error(failure.reason());
            ExitCode::from(failure.reason().exit_code())
        }
    }
}
