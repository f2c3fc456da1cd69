//! Parts of a recording that cannot be read, the same fault said once.

/// Faults in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    /// Problem, where it is first, and how often it is.
    blocks: Vec<(String, u64, usize)>,
    others: Vec<String>,
}

impl Losses {
    /// Adds a sentence about the whole recording.
    pub(super) fn add(&mut self, sentence: String) {
        self.others.push(sentence);
    }

    /// Adds a fault of the chunk at `start`: "was skipped, unknown compression".
    pub(super) fn add_block(&mut self, start: u64, problem: String) {
        match self.blocks.iter_mut().find(|(known, _, _)| *known == problem) {
            Some((_, _, count)) => *count += 1,
            None => self.blocks.push((problem, start, 1)),
        }
    }

    /// One sentence a fault.
    pub(super) fn sentences(&self) -> impl Iterator<Item = String> {
        let blocks = self.blocks.iter().map(|(problem, start, count)| match count {
            1 => format!("the chunk at byte {start} {problem}"),
            _ => format!("the chunk at byte {start} and {} more: each {problem}", count - 1),
        });
        self.others.iter().cloned().chain(blocks)
    }
}
