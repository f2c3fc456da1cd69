//! Errors of behavioral suites.

use std::io;
use std::path::PathBuf;

use crate::base::progress::Cancelled;
use crate::behavior::expectation::ExpectationError;
use crate::behavior::pickle::PickleError;
use crate::inference::ModelError;

/// Error of reading, importing or running a suite.
#[derive(Debug, thiserror::Error)]
pub enum BehaviorError {
    /// A file cannot be read.
    #[error("the file cannot be read ({source}): {}", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("the file cannot be written ({source}): {}", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The archive holds no pickle.
    #[error("the archive holds no .pkl file, expected a suite of CheckList as .pkl, .pkl.gz or .tar.gz")]
    NoPickle,
    /// The archive is damaged.
    #[error("the archive is damaged: {problem}")]
    Archive {
        /// The damage.
        problem: String,
    },
    /// The pickle is damaged or refused.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// The pickle is something else.
    #[error("the pickle is not a suite of CheckList: {problem}")]
    NotSuite {
        /// The part that is missing.
        problem: String,
    },
    /// The examples do not fit into memory.
    #[error("the suite has more than {most} {what}")]
    TooMuch {
        /// The number.
        most: usize,
        /// The things that are counted.
        what: &'static str,
    },
    /// A file of the suite is not as it should be.
    #[error("{problem}: {}", path.display())]
    File {
        /// The problem.
        problem: String,
        /// Its path.
        path: PathBuf,
    },
    /// A template cannot be filled.
    #[error("the template {template:?} cannot be filled: {source}")]
    Template {
        /// Its text.
        template: String,
        /// The problem.
        source: TemplateError,
    },
    /// A test is not as it should be.
    #[error("test {test:?}: {problem}")]
    Test {
        /// Its name.
        test: String,
        /// The problem.
        problem: String,
    },
    /// A prediction is none of the classes.
    #[error(
        "prediction {number} is {class:?}, expected one of {classes} classes: 0 to {}{names}: {}",
        classes.saturating_sub(1),
        path.display()
    )]
    Class {
        /// Number of the prediction, counted from 1.
        number: usize,
        /// Its class.
        class: String,
        /// Number of classes.
        classes: usize,
        /// The names of the classes, in words; "" if the suite has none.
        names: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// A line of a file of predictions is not as its form says.
    #[error("line {line} of the predictions is {found:?}, expected {expected}: {}", path.display())]
    Prediction {
        /// Number of the line, from 1.
        line: usize,
        /// Its text, shortened.
        found: String,
        /// The form.
        expected: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// There are not as many predictions as examples.
    #[error("the suite has {examples} examples, the file has {predictions} predictions{end}: {}", path.display())]
    Count {
        /// Examples of the suite.
        examples: usize,
        /// Lines of the file.
        predictions: usize,
        /// The test in which the file ends, in words.
        end: String,
        /// The file.
        path: PathBuf,
    },
}

/// Reason why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A closing brace stands alone.
    #[error("a }} has no {{, write }}}} for a brace")]
    Unopened,
    /// An opening brace stands alone.
    #[error("a {{ has no }}, write {{{{ for a brace")]
    Unclosed,
    /// A tag holds a brace.
    #[error("there are braces inside of {{{field}}}")]
    Braces {
        /// The tag.
        field: String,
    },
    /// A tag has a conversion like `!r`.
    #[error("{{{field}}} has a conversion, which templates do not know")]
    Conversion {
        /// The tag.
        field: String,
    },
    /// A tag has no name.
    #[error("{{{field}}} has no name")]
    NoName {
        /// The tag.
        field: String,
    },
    /// A tag cannot be read.
    #[error("{{{field}}} cannot be read, expected a form like {{tag}}, {{tag.name}} or {{tag[0]}}")]
    Unreadable {
        /// The tag.
        field: String,
    },
    /// A tag names a list of the suite that is not there.
    #[error("there is no list {name:?} in the lexicons")]
    NoNamedList {
        /// Name of the list.
        name: String,
    },
    /// A tag has no list.
    #[error("there is no list for {{{tag}}}{hint}, add one to its lists or to the lexicons")]
    NoList {
        /// The tag.
        tag: String,
        /// A hint at the list that is most like it, or "".
        hint: String,
    },
    /// A list is empty.
    #[error("the list for {{{tag}}} is empty")]
    EmptyList {
        /// The tag.
        tag: String,
    },
    /// Word suggestions are not made.
    #[error("{{mask}} needs a list of words named mask, no masked-language model is run")]
    Mask,
    /// There are too many fills.
    #[error("it has {count} fills, more than {most}, set samples")]
    TooMany {
        /// Number of fills.
        count: String,
        /// Most fills.
        most: usize,
    },
    /// A label is a list of lists.
    #[error("a label is a list of lists")]
    NestedLabel,
    /// A value has parts.
    #[error("{value} is not a text, name a part of it")]
    NotText {
        /// The value.
        value: String,
    },
    /// A value lacks a part.
    #[error("{value} has no part {part:?}")]
    NoPart {
        /// The value.
        value: String,
        /// The part.
        part: String,
    },
}

/// Reason why a test is not judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// It has no expectation, for the reason that its import gave.
    #[error("{}", if note.is_empty() { "there is no expectation" } else { note.as_str() })]
    NoExpectation {
        /// The remark of the import, or "".
        note: String,
    },
    /// The predictions end before the test does.
    #[error("there are fewer predictions than examples")]
    TooFew,
    /// The expectation cannot be evaluated.
    #[error(transparent)]
    Expectation(#[from] ExpectationError),
}

/// Reason why a model cannot be run on a suite.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The model needs something else than texts.
    #[error("the model needs {wants}, the examples are texts")]
    Medium {
        /// Medium of the model.
        wants: &'static str,
    },
    /// An example is several texts.
    #[error("the example {example:?} is several texts, predict them yourself and pass --predictions")]
    Several {
        /// The example.
        example: String,
    },
    /// Only some of the probabilities are kept.
    #[error(
        "the model has {classes} classes and only the {most} most probable are kept, predict the examples yourself and pass --predictions"
    )]
    TooManyClasses {
        /// Classes of the model.
        classes: usize,
        /// Classes that are kept.
        most: usize,
    },
    /// The suite has other classes.
    #[error("the classes of the model are {own}, those of the suite {wanted}")]
    OtherClasses {
        /// Classes of the model.
        own: String,
        /// Classes of the suite.
        wanted: String,
    },
    /// The model does not predict a class of its card.
    #[error("the model did not predict a class of its card")]
    NoClass,
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The run was canceled.
    #[error(transparent)]
    Stopped(#[from] Cancelled),
}
