//! `corpus unpack|pack TARGET FOLDER`: between the files of this repository and the folder that the fuzzer works on.

use std::{env, io, path::Path};

use azure_functions_fuzz::corpus;

fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["unpack", target, folder] => corpus::unpack(target, Path::new(folder)),
        ["pack", target, folder] => corpus::pack(target, Path::new(folder)).map(|_| ()),
        _ => Err(io::Error::other(
            "expected `unpack` or `pack`, a target and a folder; run `cargo xtask fuzz` instead",
        )),
    }
}
