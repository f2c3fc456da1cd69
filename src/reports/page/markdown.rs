//! A page as Markdown.

use crate::base::escape::markdown::text;
use crate::reports::page::{Cell, Page, Part, Table, paragraphs};

/// The page as text.
pub fn render(page: &Page) -> String {
    let mut blocks = vec![format!("# {}", text(&page.title)), text(&page.about)];
    for section in &page.sections {
        blocks.push(format!("## {}", text(&section.title)));
        for part in &section.parts {
            match part {
                Part::Text(words) => blocks.extend(paragraphs(words).map(text)),
                Part::Missing(words) => blocks.push(format!("*{}*", text(words))),
                Part::Heading(words) => blocks.push(format!("### {}", text(words))),
                Part::Facts(facts) => {
                    let fact = |(name, value): &(String, String)| {
                        format!(
                            "- **{}**: {}",
                            text(name),
                            paragraphs(value).map(text).collect::<Vec<_>>().join(" ")
                        )
                    };
                    blocks.push(facts.iter().map(fact).collect::<Vec<_>>().join("\n"));
                }
                Part::Table(rows) => blocks.push(table(rows)),
                // Images would make the text unreadable.
                Part::Figure(figure) => blocks.push(text(&figure.caption)),
            }
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n\n") + "\n"
}

fn table(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let head = row(table.columns.iter().map(|name| text(name)).collect());
    let rule = row(vec!["---".to_owned(); table.columns.len()]);
    let rows = table.rows.iter().map(|cells| row(cells.iter().map(cell).collect()));
    [head, rule].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(words) => text(words),
        Cell::Count(count) => count.to_string(),
        Cell::Rate(rate) if rate.of == 0 => "–".to_owned(),
        Cell::Rate(rate) => {
            format!("{:.3} ({:.3} to {:.3}), {} of {}", rate.share(), rate.low, rate.high, rate.hits, rate.of)
        }
        Cell::Number(value, [low, high]) => format!("{value:.4} ({low:.4} to {high:.4})"),
    }
}
