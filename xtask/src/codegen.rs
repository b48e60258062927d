//! `protobuf/*.proto` → committed Rust, with no `protoc`: protox parses, tonic-prost-build writes.

use std::{fs, path::Path};

use anyhow::{Context, bail};

const HEADER: &str = "// Written by `cargo xtask codegen` from `protobuf/`; edit that instead.\n";

/// What is compiled together, and where the result goes.
struct Protocol {
    folder: &'static str,
    services: &'static [&'static str],
    generated: &'static str,
    /// The file that prost writes, and the name it has with us. `_.rs` holds the messages that have no package.
    files: &'static [(&'static str, &'static str)],
}

const PROTOCOLS: [Protocol; 2] = [
    Protocol {
        folder: "protobuf",
        services: &["FunctionRpc.proto", "Settlement.proto"],
        generated: "azure-functions-shared/src/rpc/generated",
        files: &[
            ("azure_functions_rpc_messages.rs", "messages.rs"),
            ("_.rs", "root.rs"),
        ],
    },
    Protocol {
        folder: "protobuf/durable",
        services: &["orchestrator_service.proto"],
        generated: "azure-functions-shared/src/durable",
        files: &[("_.rs", "generated.rs")],
    },
];

/// Writes the generated modules, or with `check` says which of them are stale.
pub(crate) fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for protocol in &PROTOCOLS {
        let folder = root.join(protocol.folder);
        let services = protocol.services.iter().map(|file| folder.join(file));
        let descriptors = protox::compile(services, [&folder])?;
        let scratch = root.join("target/xtask/codegen").join(protocol.folder);
        fs::create_dir_all(&scratch)?;
        tonic_prost_build::configure()
            .out_dir(&scratch)
            .bytes(".")
            .compile_fds(descriptors)?;
        for (from, to) in protocol.files {
            let code = fs::read_to_string(scratch.join(from))
                .with_context(|| format!("prost wrote no `{from}`"))?;
            let code = format!("{HEADER}{}", gate(&code));
            let target = root.join(protocol.generated).join(to);
            if fs::read_to_string(&target).is_ok_and(|old| old == code) {
                continue;
            }
            if check {
                stale.push(format!("{}/{to}", protocol.generated));
            } else {
                fs::write(&target, code)?;
            }
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
    for service in ["function_rpc", "settlement", "task_hub_sidecar_service"] {
        for half in ["client", "server"] {
            let module = format!("pub mod {service}_{half} {{");
            code = code.replace(&module, &format!("#[cfg(feature = \"{half}\")]\n{module}"));
        }
    }
    code
}
