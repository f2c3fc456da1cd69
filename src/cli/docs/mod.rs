//! `hardcase docs`: the reference as Markdown, made from the lists of kinds. The pages in `docs/reference` are its output.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs;
use crate::cli::{BadArgument, print, print_lines};

mod attacks;
mod backends;
mod claims;
mod command_line;
mod decoders;
mod expressions;
mod finders;
mod formats;
mod inside;
mod keys;
mod markdown;
mod metrics;
mod questions;
mod readers;
mod reporters;
mod transforms;

/// A page of the reference.
struct Page {
    /// Name of the file without its ending, and of the page on the command line.
    name: &'static str,
    /// Heading.
    title: &'static str,
    /// Everything below the heading.
    body: fn() -> String,
}

/// Every page, in the order of the table of contents.
static PAGES: &[&Page] = &[
    &command_line::PAGE,
    &transforms::PAGE,
    &claims::PAGE,
    &expressions::PAGE,
    &finders::PAGE,
    &questions::PAGE,
    &attacks::PAGE,
    &metrics::PAGE,
    &inside::PAGE,
    &formats::PAGE,
    &readers::PAGE,
    &backends::PAGE,
    &decoders::PAGE,
    &reporters::PAGE,
    &keys::PAGE,
];

#[derive(Debug, Args)]
pub(super) struct DocsArgs {
    /// Write every page into this folder, NAME.md each, instead of printing them.
    #[arg(short, long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Only this page.
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// List the names of the pages.
    #[arg(long, conflicts_with_all = ["out", "page"])]
    list: bool,
}

pub(super) fn run(args: &DocsArgs) -> anyhow::Result<ExitCode> {
    if args.list {
        for page in PAGES {
            print(page.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let pages = chosen(args.page.as_deref())?;
    let Some(folder) = &args.out else {
        let texts: Vec<String> = pages.into_iter().map(render).collect();
        print_lines(texts.join("\n").trim_end());
        return Ok(ExitCode::SUCCESS);
    };
    for page in pages {
        let file = format!("{}.md", page.name);
        outputs::write(folder, Path::new(&file), render(page).as_bytes())
            .with_context(|| format!("could not write {}", folder.join(&file).display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn chosen(name: Option<&str>) -> Result<Vec<&'static Page>, BadArgument> {
    let Some(name) = name else { return Ok(PAGES.to_vec()) };
    let page = PAGES.iter().find(|page| page.name == name);
    page.map(|page| vec![*page]).ok_or_else(|| {
        let known = PAGES.iter().map(|page| page.name).collect::<Vec<_>>().join(", ");
        BadArgument(format!("unknown page {name:?}, expected one of {known}"))
    })
}

fn render(page: &Page) -> String {
    let body = (page.body)();
    format!(
        "# {}\n\n*Written by `hardcase docs --page {}`. Change the kinds in the source, not this page.*\n\n{}\n",
        page.title,
        page.name,
        body.trim()
    )
}
