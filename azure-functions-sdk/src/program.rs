//! A program that was built, as its ELF file describes it, and whether an image can run it.

mod elf;
mod error;
mod glibc;

use std::path::Path;

use serde::Serialize;

pub(crate) use self::{error::ProgramError, glibc::Glibc};

/// What a program needs to run.
#[derive(Debug, Serialize)]
pub(crate) struct Program {
    pub(crate) machine: Machine,
    /// The loader, unless the program is linked statically.
    pub(crate) interpreter: Option<String>,
    /// The oldest glibc that has every symbol of it that the program needs.
    pub(crate) glibc: Option<Glibc>,
    /// The shared libraries that it is linked with.
    pub(crate) libraries: Vec<String>,
    /// The size of the file, in bytes.
    pub(crate) size: u64,
}

/// The machine that a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Machine {
    X64,
    Arm64,
    Other,
}

/// What an image offers to a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image {
    pub(crate) machine: Machine,
    pub(crate) glibc: Glibc,
}

/// The libraries that come with glibc and the compiler; every image of Ubuntu or Debian with the host in it has them.
const SYSTEM_LIBRARIES: &[&str] = &[
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
];

impl Program {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no program for Linux.
    pub(crate) fn read(file: &Path) -> Result<Self, ProgramError> {
        let bytes = std::fs::read(file).map_err(|source| ProgramError::Read {
            file: file.to_owned(),
            source,
        })?;
        Self::parse(&bytes, file)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// They are no program for Linux.
    pub(crate) fn parse(bytes: &[u8], file: &Path) -> Result<Self, ProgramError> {
        elf::parse(bytes).map_err(|problem| ProgramError::NotElf {
            file: file.to_owned(),
            problem,
        })
    }

    /// Whether it needs nothing of the image.
    pub(crate) fn is_static(&self) -> bool {
        self.interpreter.is_none()
    }

    /// Checks that an image can run it.
    ///
    /// # Errors
    ///
    /// Says what the image lacks.
    pub(crate) fn check(&self, image: Image) -> Result<(), ProgramError> {
        if self.machine != image.machine {
            return Err(ProgramError::Machine {
                found: self.machine,
                wanted: image.machine,
            });
        }
        if let Some(interpreter) = &self.interpreter
            && !interpreter.contains("ld-linux")
        {
            return Err(ProgramError::Interpreter(interpreter.clone()));
        }
        match self.glibc {
            Some(needed) if needed > image.glibc => Err(ProgramError::Glibc {
                needed,
                offered: image.glibc,
            }),
            _ => Ok(()),
        }
    }

    /// The libraries that an image may not have.
    pub(crate) fn foreign_libraries(&self) -> impl Iterator<Item = &str> {
        let libraries = self.libraries.iter().map(String::as_str);
        libraries.filter(|library| !SYSTEM_LIBRARIES.contains(library))
    }
}

impl Machine {
    /// The machine as rustc calls it.
    pub(crate) fn architecture(self) -> &'static str {
        match self {
            Self::X64 => "x86_64",
            Self::Arm64 => "aarch64",
            Self::Other => "unknown",
        }
    }

    /// The machine as people call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
            Self::Other => "another machine",
        }
    }
}
