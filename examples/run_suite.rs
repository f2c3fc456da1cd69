//! Runs a suite and prints a line for each case: `cargo run --example run_suite -- SUITE [MODEL]`.
//!
//! Without arguments it runs the suite of the traffic light sample.
#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use hardcase::base::progress::Progress;
use hardcase::inference::card::ModelCard;
use hardcase::inference::embedded;
use hardcase::inference::model::Model;
use hardcase::suites::files;
use hardcase::suites::in_process::run;
use hardcase::suites::run::Effort;
use hardcase::suites::select::Selection;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let sample =
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects/traffic_lights/suites/lights");
    let suite = files::read(&args.next().unwrap_or_else(sample))?;

    // The card beside the model counts, then that of the suite.
    let path = args.next().or_else(|| suite.model_path()).context("say which model to test")?;
    let card =
        ModelCard::beside(&path)?.or_else(|| suite.file.model.as_ref().map(|model| model.card.clone()));
    let model = Model::load_with(&path, card, &embedded::KIND, 1)?;

    // Transforms of the program, and those that the suite brings.
    let catalog = suite.catalog().map_err(anyhow::Error::msg)?;
    let results =
        run(&suite, &catalog, &model, &Selection::default(), Effort::once(2), &Progress::default())?;
    for result in &results {
        println!("{:<6} {} {}", result.status().word(), result.id, result.why());
    }
    let failed = results.iter().filter(|result| result.status().word() == "fail").count();
    println!("{} of {} cases failed", failed, results.len());
    Ok(())
}
