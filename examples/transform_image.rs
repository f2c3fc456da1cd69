//! Transforms an image and writes the result: `cargo run --example transform_image -- in.png "fog:0.4,rotate:5" out.png`.
//!
//! Without arguments it transforms a frame of the street sample into a temporary file.
#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use hardcase::data::image::Image;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (input, with, output) = match args.as_slice() {
        [input, with, output] => (PathBuf::from(input), with.as_str(), PathBuf::from(output)),
        [] => (sample()?, "fog:0.4,rotate:5", std::env::temp_dir().join("hardcase_transformed.png")),
        _ => anyhow::bail!("usage: transform_image IN STACK OUT"),
    };
    let bytes = std::fs::read(&input).with_context(|| format!("could not read {}", input.display()))?;
    let frame = Image::decode(&bytes)?;

    // A stack is text; its seed fixes all randomness.
    let fog = stack::parse(&BUILT_IN, with, 7)?;
    let transformed = stack::apply(&BUILT_IN, &fog, &frame)?;

    std::fs::write(&output, transformed.to_png()?)?;
    println!("{}: {}", stack::describe(&BUILT_IN, &fog), output.display());
    Ok(())
}

/// The first frame that the suite of the street sample brings.
fn sample() -> anyhow::Result<PathBuf> {
    let media = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects/street/suites/street/media");
    let mut files: Vec<PathBuf> = std::fs::read_dir(media)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.into_iter().next().context("the sample has no frame")
}
