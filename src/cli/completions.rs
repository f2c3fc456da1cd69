//! `hardcase completions` and `hardcase man`: the command line for shells and for `man`, from the same table as its help.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::base::outputs;
use crate::base::text::counted;
use crate::cli::{print, print_raw};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hardcase completions bash > ~/.local/share/bash-completion/completions/hardcase
  hardcase completions zsh > ~/.zfunc/_hardcase
  hardcase completions fish > ~/.config/fish/completions/hardcase.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hardcase man ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Output folder
    folder: PathBuf,
}

pub(super) fn run(args: &CompletionsArgs) -> ExitCode {
    let mut bytes = Vec::new();
    let mut command = shown(&super::Args::command());
    clap_complete::generate(args.shell, &mut command, "hardcase", &mut bytes);
    print_raw(String::from_utf8_lossy(&bytes).trim_end());
    ExitCode::SUCCESS
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let failed = || format!("could not write {}", args.folder.display());
    std::fs::create_dir_all(&args.folder).with_context(failed)?;
    let mut command = shown(&super::Args::command());
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages);
    for command in &pages {
        let (name, mut bytes) = (name_of(command), Vec::new());
        clap_mangen::Man::new((*command).clone()).render(&mut bytes).with_context(failed)?;
        let file = PathBuf::from(format!("{name}.1"));
        outputs::write(&args.folder, &file, &bytes).with_context(failed)?;
    }
    print(&format!("{} in {}", counted(pages.len(), "page"), args.folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// The command line without what the program calls itself.
fn shown(command: &Command) -> Command {
    let rest: Vec<Command> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).cloned().collect();
    let mut shown = Command::new("hardcase").args(command.get_arguments().cloned());
    shown = match command.get_about() {
        Some(about) => shown.about(about.clone()),
        None => shown,
    };
    shown = shown.version(env!("CARGO_PKG_VERSION"));
    rest.into_iter().fold(shown, Command::subcommand)
}

/// The words of a command, joined: `hardcase-suite-verify`.
fn name_of(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// A command and all below it, each of which has a page.
fn collect<'a>(command: &'a Command, pages: &mut Vec<&'a Command>) {
    pages.push(command);
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        collect(sub, pages);
    }
}
