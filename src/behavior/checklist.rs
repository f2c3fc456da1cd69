//! Import of the released suites of `CheckList`, which are pickles.

use std::collections::BTreeMap;
use std::path::Path;

use crate::behavior::archive;
use crate::behavior::data::{Answer, Case, Example, Label};
use crate::behavior::error::BehaviorError;
use crate::behavior::lexicons::{Lexicon, Value};
use crate::behavior::pickle::{Pickle, View};
use crate::behavior::suite::{Suite, Test, TestKind};
use crate::behavior::template::{Filler, Template, TemplateTexts};

mod functions;

use functions::recognized;

/// Most examples of a suite.
const MOST_EXAMPLES: usize = 20_000_000;
/// Most bytes of all its texts.
const MOST_TEXT: usize = 1 << 30;

/// An imported suite, and what the pickle held beside it.
#[derive(Debug)]
pub struct Imported {
    /// The suite.
    pub suite: Suite,
    /// Names that the pickle refers to, each with how often.
    pub names: BTreeMap<String, usize>,
    /// Parts that were left out, in words.
    pub left_out: Vec<String>,
}

/// Names of which every use is read.
const READ: [&str; 16] = [
    "checklist.test_suite.TestSuite",
    "checklist.test_types.MFT",
    "checklist.test_types.INV",
    "checklist.test_types.DIR",
    "checklist.expect.Expect",
    "checklist.expect.iter_with_optional",
    "collections.OrderedDict",
    "collections.defaultdict",
    "dill._dill._create_function",
    "dill._dill._create_cell",
    "dill._dill._load_type",
    "dill._dill._import_module",
    "dill._dill._get_attr",
    "numpy.ndarray",
    "numpy.dtype",
    "munch.Munch",
];

/// Reads a suite from `.pkl`, `.pkl.gz` or `.tar.gz`; nothing in it is run.
pub fn import(path: &Path) -> Result<Imported, BehaviorError> {
    let pickle = Pickle::read(archive::pickle_of(path)?)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.split('.').next().unwrap_or_default().to_owned();
    suite(&pickle, name)
}

/// Reads a suite from a pickle.
pub fn suite(pickle: &Pickle, name: String) -> Result<Imported, BehaviorError> {
    let root = pickle.root();
    let missing = |problem: &str| BehaviorError::NotSuite { problem: problem.to_owned() };
    if !root.made_by("TestSuite") {
        return Err(missing("it does not hold an object of the class TestSuite"));
    }
    let tests = root.attribute("tests").and_then(View::pairs);
    let tests = tests.ok_or_else(|| missing("it has no tests"))?;
    let info = root.attribute("info");
    let mut import = Import::default();
    let mut suite = Suite { name, ..Suite::default() };
    for (name, test) in tests {
        let name = name.text().ok_or_else(|| missing("a test has no name"))?.into_owned();
        let about = info.and_then(|info| info.get(&name));
        suite.tests.push(import.test(&name, test, about)?);
    }
    suite.lexicon = import.lexicon;
    let names = pickle.names();
    let mut left_out = import.left_out;
    let known = |name: &str| READ.contains(&name) || name.starts_with("numpy.");
    left_out.extend(
        names
            .iter()
            .filter(|(name, _)| !known(name))
            .map(|(name, count)| format!("{name}, {count} times, is a name without a meaning here")),
    );
    Ok(Imported { suite, names, left_out })
}

#[derive(Default)]
struct Import {
    examples: usize,
    text: usize,
    lexicon: Lexicon,
    left_out: Vec<String>,
}

impl Import {
    fn test(&mut self, name: &str, test: View<'_>, about: Option<View<'_>>) -> Result<Test, BehaviorError> {
        let wrong =
            |problem: &str| BehaviorError::Test { test: name.to_owned(), problem: problem.to_owned() };
        let kinds = TestKind::ALL.into_iter();
        let made = kinds.clone().find(|kind| test.made_by(kind.id()));
        let told = about.and_then(|about| about.get("type")).and_then(View::text);
        let kind = made.or_else(|| kinds.clone().find(|kind| told.as_deref() == Some(kind.id())));
        let kind = kind.ok_or_else(|| wrong("it is neither MFT nor INV nor DIR"))?;
        let words = |key: &str| {
            let own = test.attribute(key).and_then(View::text).filter(|text| !text.is_empty());
            own.or_else(|| about.and_then(|about| about.get(key)).and_then(View::text))
                .unwrap_or_default()
                .into_owned()
        };
        let data = test.attribute("data").and_then(|data| data.items().or_else(|| array(data)));
        let data = data.ok_or_else(|| wrong("it has no list of cases"))?;
        let labels = Self::labels(test.attribute("labels"), data.len())
            .map_err(|problem| wrong(&problem.to_string()))?;
        let (shared, mut each) = match labels {
            Labels::None => (None, None),
            Labels::Shared(answer) => (Some(answer), None),
            Labels::Each(labels) => (None, Some(labels.into_iter())),
        };
        let mut cases = Vec::with_capacity(data.len());
        for case in data {
            let examples = self.case(case).map_err(|problem| match problem {
                CaseProblem::Unreadable => wrong("an example is not a text"),
                CaseProblem::Examples => BehaviorError::TooMuch { most: MOST_EXAMPLES, what: "examples" },
                CaseProblem::Text => BehaviorError::TooMuch { most: MOST_TEXT, what: "bytes of text" },
            })?;
            let label = each.as_mut().and_then(Iterator::next).flatten();
            cases.push(Case { examples, label });
        }
        let recognized = recognized(test.attribute("expect"));
        let templates = test.attribute("templates").and_then(View::items).unwrap_or_default();
        let count = templates.len();
        let templates: Vec<Template> =
            templates.into_iter().filter_map(|template| self.template(template)).collect();
        if templates.len() < count {
            let lost = count - templates.len();
            self.left_out.push(format!("{lost} of {count} templates of test {name:?}, which are not texts"));
        }
        Ok(Test {
            name: name.to_owned(),
            kind,
            capability: words("capability"),
            description: words("description"),
            expect: recognized.expect,
            only_where: recognized.only_where,
            label: shared,
            max_failure_rate: None,
            seed: 0,
            templates,
            perturb: None,
            cases,
            stored: recognized.stored,
            note: recognized.note,
        })
    }

    /// The examples of a case: a text, a tuple of texts, or a list of these.
    fn case(&mut self, case: View<'_>) -> Result<Vec<Example>, CaseProblem> {
        let items = case.list().unwrap_or_else(|| vec![case]);
        self.examples += items.len();
        if self.examples > MOST_EXAMPLES {
            return Err(CaseProblem::Examples);
        }
        let mut text = |view: View<'_>| {
            let text = view.text().ok_or(CaseProblem::Unreadable)?;
            self.text += text.len();
            if self.text > MOST_TEXT { Err(CaseProblem::Text) } else { Ok(text.into_owned()) }
        };
        let example = |item: View<'_>| match item.items() {
            Some(texts) => texts.into_iter().map(&mut text).collect::<Result<_, _>>().map(Example::Texts),
            None => text(item).map(Example::Text),
        };
        items.into_iter().map(example).collect()
    }

    /// Labels of a test: none, one for all, or one for each case.
    fn labels(labels: Option<View<'_>>, cases: usize) -> Result<Labels, LabelProblem> {
        let Some(labels) = labels.filter(|labels| !labels.is_none()) else { return Ok(Labels::None) };
        if let Some(answer) = answer(labels) {
            return Ok(Labels::Shared(answer));
        }
        let unreadable = || LabelProblem::Unreadable;
        let all: Vec<Option<Label>> = if let Some(items) = labels.items() {
            items.into_iter().map(label).collect::<Option<_>>().ok_or_else(unreadable)?
        } else {
            let elements = labels.elements().ok_or_else(unreadable)?;
            elements.into_iter().map(|element| Some(Label::One(functions::answer_of(element)))).collect()
        };
        if all.len() == cases {
            Ok(Labels::Each(all))
        } else {
            Err(LabelProblem::Count { cases, labels: all.len() })
        }
    }

    /// A template with its lists: `(parameters, lists)`.
    fn template(&mut self, template: View<'_>) -> Option<Template> {
        let parts = template.items()?;
        let (parameters, lists) = (parts.first()?, parts.get(1)?);
        let truth = |name: &str| parameters.get(name).and_then(View::truth).unwrap_or(false);
        let texts = parameters.get("templates")?;
        let example = |view: View<'_>| {
            if let Some(text) = view.text() {
                Some(Example::Text(text.into_owned()))
            } else {
                let texts =
                    view.items()?.into_iter().map(|text| text.text().map(std::borrow::Cow::into_owned));
                texts.collect::<Option<_>>().map(Example::Texts)
            }
        };
        let text = if let Some(text) = texts.text() {
            TemplateTexts::One(text.into_owned())
        } else if let Some(items) = texts.list() {
            TemplateTexts::Several(items.into_iter().map(example).collect::<Option<_>>()?)
        } else {
            TemplateTexts::Several(vec![example(texts)?])
        };
        let mut named = BTreeMap::new();
        for (tag, values) in lists.pairs()? {
            let tag = tag.text()?.into_owned();
            let values: Vec<Value> = values.items()?.into_iter().map(value).collect::<Option<_>>()?;
            let list = self.list(&tag, values);
            if list != tag {
                named.insert(tag, Filler::Named(list));
            }
        }
        let samples = parameters.get("nsamples").and_then(View::integer);
        Some(Template {
            text,
            samples: samples.and_then(|samples| usize::try_from(samples).ok()),
            zip: !parameters.get("product").and_then(View::truth).unwrap_or(true),
            unroll: truth("unroll"),
            remove_duplicates: truth("remove_duplicates"),
            label: parameters.get("labels").and_then(label).flatten(),
            articles: BTreeMap::new(),
            lists: named,
        })
    }

    /// The name under which a list is kept: its tag, or its tag with letters where that is another list.
    fn list(&mut self, tag: &str, values: Vec<Value>) -> String {
        let tag = tag.trim_end_matches(|c: char| c.is_ascii_digit());
        let tag = if tag.is_empty() { "list" } else { tag };
        let mut name = tag.to_owned();
        let mut copy = 0_u32;
        while self.lexicon.get(&name).is_some_and(|known| *known != values) {
            copy += 1;
            name = format!("{tag}_{}", letters(copy));
        }
        self.lexicon.entry(name.clone()).or_insert(values);
        name
    }
}

/// A number as letters: a, b, … z, ba.
fn letters(mut number: u32) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        letters.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    letters.into_iter().rev().collect()
}

#[derive(Debug, thiserror::Error)]
enum LabelProblem {
    #[error("its labels cannot be read")]
    Unreadable,
    #[error("it has {cases} cases and {labels} labels")]
    Count { cases: usize, labels: usize },
}

enum CaseProblem {
    Unreadable,
    Examples,
    Text,
}

enum Labels {
    None,
    Shared(Answer),
    Each(Vec<Option<Label>>),
}

/// Elements of an array of objects.
fn array(data: View<'_>) -> Option<Vec<View<'_>>> {
    data.state()?.tuple()?.get(4)?.list()
}

fn answer(view: View<'_>) -> Option<Answer> {
    view.element().map(functions::answer_of)
}

/// One label; `None` inside for a case without one.
#[expect(clippy::option_option, reason = "a label that cannot be read is another thing than none")]
fn label(view: View<'_>) -> Option<Option<Label>> {
    if view.is_none() {
        return Some(None);
    }
    if let Some(answer) = answer(view) {
        return Some(Some(Label::One(answer)));
    }
    let all: Option<Vec<Answer>> = view.items()?.into_iter().map(answer).collect();
    all.map(|all| Some(Label::Each(all)))
}

/// Deepest nesting of a value of a list.
const VALUE_DEPTH: usize = 8;

fn value(view: View<'_>) -> Option<Value> {
    nested(view, VALUE_DEPTH)
}

fn nested(view: View<'_>, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(text) = view.text() {
        return Some(Value::Text(text.into_owned()));
    }
    if let Some(number) = view.integer() {
        return Some(Value::Number(number));
    }
    if let Some(items) = view.items() {
        return items.into_iter().map(|item| nested(item, depth)).collect::<Option<_>>().map(Value::Tuple);
    }
    let pairs =
        view.pairs()?.into_iter().map(|(key, value)| Some((key.text()?.into_owned(), nested(value, depth)?)));
    pairs.collect::<Option<_>>().map(Value::Record)
}
