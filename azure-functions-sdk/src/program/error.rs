//! Why an image cannot run a program.

use std::{io, path::PathBuf};

use super::{Glibc, Machine};
use crate::error::Explain;

/// Why an image cannot run a program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error("cannot read `{}`", .file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("`{}` is not a program for Linux: {problem}", .file.display())]
    NotElf { file: PathBuf, problem: String },
    #[error("the program is for {}, and the image runs on {}", .found.word(), .wanted.word())]
    Machine { found: Machine, wanted: Machine },
    #[error("the program needs glibc {needed}, and the image has {offered}")]
    Glibc { needed: Glibc, offered: Glibc },
    #[error("the program needs the loader `{0}`, and the image has only that of glibc")]
    Interpreter(String),
}

impl Explain for ProgramError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { .. } => return None,
            Self::NotElf { .. } => {
                "build for Linux, with `--builder zigbuild` or `--builder cross` on other systems"
            }
            Self::Machine {
                wanted: Machine::X64,
                ..
            } => {
                "Flex Consumption runs on x64; arm64 runs only in containers, with `--container --arm64`"
            }
            Self::Machine { .. } => {
                "check `--arm64` and `--target`, and `build.target` in `.cargo/config.toml`"
            }
            Self::Glibc { .. } => {
                "link for the image with `--builder zigbuild`, or without glibc with `--target x86_64-unknown-linux-musl`; if the image is another, say what it has with `--glibc`"
            }
            Self::Interpreter(_) => "link it statically, with the target feature `+crt-static`",
        };
        Some(hint.to_owned())
    }
}
