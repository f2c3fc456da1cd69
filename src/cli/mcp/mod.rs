//! `hardcase mcp`: the program for assistants, over the Model Context Protocol on standard input and output.
//!
//! Protocol: <https://modelcontextprotocol.io/specification/2025-11-25>, JSON-RPC 2.0, one message a line. The tools send the
//! commands of the window to the program without a window, one call after the other.

use std::io::{BufRead as _, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::cli::{print_json, say};

mod assistant;
mod protocol;
mod tools;

use assistant::Assistant;

const EXAMPLES: &str = "\
Examples:
  hardcase mcp
  hardcase mcp my_project
An assistant that speaks the Model Context Protocol starts it itself; its settings name the command:
  {\"mcpServers\": {\"hardcase\": {\"command\": \"hardcase\", \"args\": [\"mcp\", \"my_project\"]}}}";

/// Longest message in bytes.
const LONGEST: u64 = 16 << 20;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct McpArgs {
    /// Projects, recordings and models to open at the beginning
    paths: Vec<PathBuf>,
    /// Offer only tools that change nothing
    #[arg(long)]
    read_only: bool,
}

pub(super) fn run(args: &McpArgs) -> anyhow::Result<ExitCode> {
    let mut assistant = Assistant::new(args.read_only);
    if !args.paths.is_empty() {
        assistant.open(args.paths.clone())?;
    }
    say("hardcase: waiting for an assistant on the standard input");
    let mut input = std::io::stdin().lock();
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        if !line.ends_with(b"\n") && line.len() as u64 == LONGEST {
            bail!("a message is longer than {} MB", LONGEST >> 20);
        }
        if let Some(answer) = protocol::answer(&mut assistant, &line) {
            print_json(&answer.to_string());
        }
    }
}
