//! Reading ELF.

use object::{
    Endianness,
    elf::{DT_NEEDED, EM_AARCH64, EM_X86_64, FileHeader64},
    read::elf::{FileHeader as _, ProgramHeader as _},
};

use super::{Glibc, Machine, Program};

type Header = FileHeader64<Endianness>;

/// Reads a program; otherwise says what it is instead.
pub(super) fn parse(bytes: &[u8]) -> Result<Program, String> {
    if let Some(other) = other_format(bytes) {
        return Err(other.to_owned());
    }
    read(bytes).map_err(|error| error.to_string())
}

/// What other files begin with.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x7F, b'E', b'L', b'F', 1, ..] => Some("it is a program for 32 bits"),
        [0x7F, b'E', b'L', b'F', ..] => None,
        [b'M', b'Z', ..] => Some("it is a program for Windows"),
        [0xCF, 0xFA, 0xED, 0xFE, ..] | [0xCA, 0xFE, 0xBA, 0xBE, ..] => {
            Some("it is a program for macOS")
        }
        [b'#', b'!', ..] => Some("it is a script"),
        _ => Some("it does not begin as one does"),
    }
}

fn read(bytes: &[u8]) -> object::read::Result<Program> {
    let header = Header::parse(bytes)?;
    let endian = header.endian()?;
    let mut interpreter = None;
    for segment in header.program_headers(endian, bytes)? {
        if let Some(path) = segment.interpreter(endian, bytes)? {
            interpreter = Some(text(path));
        }
    }
    let sections = header.sections(endian, bytes)?;
    let mut libraries = Vec::new();
    let dynamic = sections.dynamic_table(endian, bytes)?;
    for entry in &dynamic {
        if entry.tag == DT_NEEDED {
            libraries.push(text(dynamic.string(entry)?));
        }
    }
    libraries.sort();
    let mut glibc = None;
    if let Some((mut files, section)) = sections.gnu_verneed(endian, bytes)? {
        let strings = sections.strings(endian, bytes, section)?;
        while let Some((_, mut versions)) = files.next()? {
            while let Some(version) = versions.next()? {
                let name = text(version.name(endian, strings)?);
                glibc = glibc.max(Glibc::of_symbol(&name));
            }
        }
    }
    Ok(Program {
        machine: match header.e_machine.get(endian) {
            EM_X86_64 => Machine::X64,
            EM_AARCH64 => Machine::Arm64,
            _ => Machine::Other,
        },
        interpreter,
        glibc,
        libraries,
        size: bytes.len() as u64,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_end_matches('\0')
        .to_owned()
}
