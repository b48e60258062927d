//! `protobuf/*.proto` → committed Rust, with no `protoc`: protox parses, tonic-prost-build writes.

use std::{fs, path::Path};

use anyhow::{Context, bail};

const HEADER: &str = "// Written by `cargo xtask codegen` from `protobuf/`; edit that instead.\n";

/// The file that prost writes, and the name it has with us. `_.rs` holds the messages that have no package.
const FILES: [(&str, &str); 2] = [
    ("azure_functions_rpc_messages.rs", "messages.rs"),
    ("_.rs", "root.rs"),
];

/// Writes the generated modules, or with `check` says which of them are stale.
pub(crate) fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let protobuf = root.join("protobuf");
    let services = ["FunctionRpc.proto", "Settlement.proto"].map(|file| protobuf.join(file));
    let descriptors = protox::compile(services, [&protobuf])?;
    let scratch = root.join("target/xtask/codegen");
    fs::create_dir_all(&scratch)?;
    tonic_prost_build::configure()
        .out_dir(&scratch)
        .bytes(".")
        .compile_fds(descriptors)?;

    let generated = root.join("azure-functions-shared/src/rpc/generated");
    let mut stale = Vec::new();
    for (from, to) in FILES {
        let code = fs::read_to_string(scratch.join(from))
            .with_context(|| format!("prost wrote no `{from}`"))?;
        let code = format!("{HEADER}{}", gate(&code));
        let target = generated.join(to);
        if fs::read_to_string(&target).is_ok_and(|old| old == code) {
            continue;
        }
        if check {
            stale.push(to);
        } else {
            fs::write(&target, code)?;
        }
    }
    if !stale.is_empty() {
        bail!(
            "stale: {}; run `cargo xtask codegen` and commit the result",
            stale.join(", ")
        );
    }
    Ok(())
}

/// Puts the two halves of each service behind the features that pay for them.
fn gate(code: &str) -> String {
    let mut code = code.to_owned();
    for service in ["function_rpc", "settlement"] {
        for half in ["client", "server"] {
            let module = format!("pub mod {service}_{half} {{");
            code = code.replace(&module, &format!("#[cfg(feature = \"{half}\")]\n{module}"));
        }
    }
    code
}
