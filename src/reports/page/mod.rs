//! A page of sections for people: texts, facts and tables with intervals, as HTML and as Markdown.

use crate::base::stats::Rate;

pub mod html;
pub mod markdown;

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// One sentence below the title.
    pub about: String,
    /// Its sections in order.
    pub sections: Vec<Section>,
}

/// A part of a page under one heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Its content in order.
    pub parts: Vec<Part>,
}

impl Section {
    /// An empty section.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), parts: Vec::new() }
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Text(text.into()));
    }

    /// Adds the remark that something is not known, and what would tell it.
    pub fn missing(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Missing(text.into()));
    }

    /// Adds a heading within the section.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Heading(text.into()));
    }

    /// Adds a table, unless it has no rows.
    pub fn table(&mut self, columns: &[&'static str], rows: Vec<Vec<Cell>>) {
        if !rows.is_empty() {
            self.parts.push(Part::Table(Table { columns: columns.to_vec(), rows }));
        }
    }
}

/// Content of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A paragraph.
    Text(String),
    /// A remark that something is not known.
    Missing(String),
    /// A heading within the section.
    Heading(String),
    /// Names with values.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// Images beside each other.
    Figure(Figure),
}

/// Images beside each other with a caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Text below them.
    pub caption: String,
    /// Titles and JPEG files.
    pub images: Vec<(String, Vec<u8>)>,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Heads of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows, each as long as the heads.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number of things.
    Count(usize),
    /// A proportion with its 95 % interval and the number of trials.
    Rate(Rate),
    /// A number with the ends of its 95 % interval.
    Number(f64, [f64; 2]),
}

/// Lines of a text that are not empty.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty())
}
