//! `hardcase evaluate --preprocessing`: the image preprocessing that suits the model.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::base::progress::Progress;
use crate::cli::{print, print_json, threads, with_progress_line};
use crate::evaluation::preprocessing::attempts;
use crate::evaluation::terms::Terms;
use crate::inference::backend::Backend;

pub(super) fn run(
    folder: &Path,
    model: &Path,
    backend: &Backend,
    terms: &Terms,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let progress = Progress::default();
    let found = with_progress_line("preprocessing", &progress, || {
        attempts(folder, model, backend, terms, threads(), &progress)
    })?;
    if as_json {
        let rows: Vec<_> = found
            .iter()
            .map(|a| json!({ "score": a.score.is_finite().then_some(a.score), "numbers": a.numbers, "input": a.card.input, "current": a.current }))
            .collect();
        print_json(&format!("{:#}", json!(rows)));
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!("{:>9}  {:<7} {:<12} {:<28}", "score", "colors", "fit", "values"));
    for attempt in &found {
        let input = &attempt.card.input;
        let score = if attempt.score.is_finite() {
            format!("{:.4}", attempt.score)
        } else {
            "no prediction".to_owned()
        };
        let mark = if attempt.current { "current card" } else { "" };
        let colors = format!("{:?}", input.colors).to_uppercase();
        let fit = format!("{:?}", input.fit).to_lowercase();
        print(&format!("{score:>9}  {colors:<7} {fit:<12} {:<28} {mark}", attempt.numbers));
    }
    if let (Some(best), Some(now)) = (found.first(), found.iter().find(|attempt| attempt.current))
        && best.score > now.score
    {
        print(
            "\nanother preprocessing suits the model better: put it into its card (mean, std, colors, fit under [input])",
        );
    }
    Ok(ExitCode::SUCCESS)
}
