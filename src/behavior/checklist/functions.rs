//! Stored functions of expectations: what they are named, what they close over, and which of ours they are.
//!
//! A function is a description here, never run. The standard expectations of `CheckList` are known by the chain of their names and
//! by the names of what they close over. Of the author's own functions only the shortest are read from their bytecode.

use crate::behavior::data::Answer;
use crate::behavior::expectation::{Expectation, Slice, SliceOf};
use crate::behavior::pickle::{Element, View};

/// Longest chain of functions.
const LONGEST: usize = 32;

/// A stored expectation in our terms.
#[derive(Default)]
pub(super) struct Recognized {
    pub(super) expect: Option<Expectation>,
    pub(super) only_where: Option<Slice>,
    /// The chain of functions.
    pub(super) stored: String,
    /// A remark for people.
    pub(super) note: String,
}

/// A stored function.
struct Function<'a> {
    name: String,
    file: String,
    free: Vec<String>,
    /// Values that the function closes over, in the order of `free`.
    closure: Vec<View<'a>>,
    constants: Vec<View<'a>>,
    names: Vec<String>,
    variables: Vec<String>,
    code: &'a [u8],
}

impl<'a> Function<'a> {
    fn of(view: View<'a>) -> Option<Self> {
        if !view.made_by("_create_function") {
            return None;
        }
        let arguments = view.arguments()?;
        let parts = arguments.first()?.arguments()?;
        let texts: Vec<String> =
            parts.iter().filter_map(|part| part.text()).map(std::borrow::Cow::into_owned).collect();
        let tuples: Vec<Vec<View<'a>>> = parts.iter().filter_map(|part| part.tuple()).collect();
        let words = |tuple: Option<&Vec<View<'a>>>| -> Vec<String> {
            let all = tuple.map(Vec::as_slice).unwrap_or_default();
            all.iter().filter_map(|view| view.text()).map(std::borrow::Cow::into_owned).collect()
        };
        let cells = arguments.get(4).and_then(|cells| cells.tuple()).unwrap_or_default();
        Some(Self {
            name: texts.get(1)?.clone(),
            file: texts.first()?.clone(),
            // The last two tuples of a code object name what it closes over and what others close over.
            free: words(tuples.len().checked_sub(2).and_then(|at| tuples.get(at))),
            closure: cells.into_iter().filter_map(content).collect(),
            constants: tuples.first().cloned().unwrap_or_default(),
            names: words(tuples.get(1)),
            variables: words(tuples.get(2)),
            code: parts.iter().find_map(|part| part.bytes()).unwrap_or_default(),
        })
    }

    fn free_are(&self, names: &[&str]) -> bool {
        self.free == names
    }

    fn standard(&self) -> bool {
        self.file.rsplit(['/', '\\']).next() == Some("expect.py")
    }

    /// Name, file where it is not the library, and what it closes over.
    fn told(&self) -> String {
        let value = |view: &View<'_>| {
            if view.is_none() {
                return "None".to_owned();
            }
            if let Some(truth) = view.truth() {
                return if truth { "True" } else { "False" }.to_owned();
            }
            match view.element() {
                Some(Element::Int(number)) => number.to_string(),
                Some(Element::Float(number)) => number.to_string(),
                Some(Element::Text(text)) => format!("{text:?}"),
                None => "…".to_owned(),
            }
        };
        let closed: Vec<String> = self
            .free
            .iter()
            .zip(&self.closure)
            .map(|(name, view)| format!("{name}={}", value(view)))
            .collect();
        let closed = if self.free_are(&["fn"]) || closed.is_empty() {
            String::new()
        } else {
            format!("({})", closed.join(", "))
        };
        let file = if self.standard() { String::new() } else { format!(" of {}", self.file) };
        format!("{}{closed}{file}", self.name)
    }
}

/// Content of a cell of a closure.
fn content(cell: View<'_>) -> Option<View<'_>> {
    if !cell.made_by("_create_cell") {
        return Some(cell);
    }
    let arguments = cell.arguments()?;
    arguments.first().copied().or_else(|| cell.state())
}

/// The answer of an element of a list of labels; whole numbers stay numbers.
pub(super) fn answer_of(element: Element) -> Answer {
    match element {
        Element::Int(number) => Answer::Number(number),
        Element::Text(text) => Answer::Name(text.into()),
        Element::Float(number) if number.fract().abs() < f64::EPSILON => Answer::Number(number as i64),
        Element::Float(number) => Answer::Name(number.to_string().into()),
    }
}

/// Recognizes the expectation of a test.
pub(super) fn recognized(view: Option<View<'_>>) -> Recognized {
    let Some(view) = view.filter(|view| !view.is_none()) else {
        return Recognized {
            note: "the test was stored without an expectation".to_owned(),
            ..Recognized::default()
        };
    };
    read(view, LONGEST)
}

/// The innermost function of `expect > expect_fn > …`, the chain to it, and true if it judges pairs.
fn inner(view: View<'_>) -> Option<(Function<'_>, String, bool)> {
    let (mut view, mut chain, mut pairs) = (view, Vec::new(), false);
    for _ in 0..LONGEST {
        let function = Function::of(view)?;
        chain.push(function.told());
        let wrapper = function.standard() && function.free_are(&["fn"]);
        let Some(next) = function.closure.first().copied().filter(|_| wrapper) else {
            return Some((function, chain.join(" > "), pairs));
        };
        pairs |=
            function.constants.iter().filter_map(|view| view.text()).any(|text| text.contains("pairwise"));
        view = next;
    }
    None
}

fn read(view: View<'_>, depth: usize) -> Recognized {
    let Some((function, stored, pairs)) = inner(view) else {
        return Recognized {
            note: "the stored expectation is not a function".to_owned(),
            ..Recognized::default()
        };
    };
    let value = |name: &str| {
        let at = function.free.iter().position(|free| free == name)?;
        function.closure.get(at).copied()
    };
    let class = |name: &str| value(name).and_then(View::element).map(answer_of);
    let standard = function.standard();
    if standard && function.free_are(&["agg_fn", "expect_fn", "slice_fn"]) && depth > 0 {
        return sliced(value("expect_fn"), value("slice_fn"), &stored, depth - 1);
    }
    let expect = if standard && function.free_are(&["val"]) {
        Some(Expectation::Equals { value: class("val") })
    } else if standard && function.free_are(&["tolerance"]) {
        value("tolerance").and_then(View::number).map(|tolerance| Expectation::Invariant { tolerance })
    } else if standard && function.free_are(&["increasing", "keep_label", "tolerance"]) {
        let tolerance = value("tolerance").and_then(View::number);
        let up = value("increasing").and_then(View::truth);
        let label = class("keep_label");
        tolerance.zip(up).map(|(tolerance, up)| {
            if up {
                Expectation::Increases { value: label, tolerance }
            } else {
                Expectation::Decreases { value: label, tolerance }
            }
        })
    } else {
        None
    };
    if expect.is_some() {
        return Recognized { expect, stored, ..Recognized::default() };
    }
    let expect = by_name(&function).or_else(|| by_code(&function, pairs));
    let note = match &expect {
        Some(expect) => {
            format!("the author's own function {:?}, read as: {}", function.name, expect.sentence())
        }
        None => format!("the author's own function {:?} is not run, set expect", function.name),
    };
    Recognized { expect, stored, note, ..Recognized::default() }
}

/// An expectation that only counts cases of a slice.
fn sliced(expect: Option<View<'_>>, slice: Option<View<'_>>, stored: &str, depth: usize) -> Recognized {
    let inside = expect.map(|view| read(view, depth)).unwrap_or_default();
    let condition = slice.and_then(inner);
    let told = condition.as_ref().map(|(_, chain, _)| chain.clone()).unwrap_or_default();
    let stored = format!("{stored} [{}] where [{told}]", inside.stored);
    let only_where = condition.and_then(|(function, _, pairs)| condition_of(&function, pairs));
    if only_where.is_none() {
        let note =
            "the slice is the author's own function, which is not run, set expect and only_where".to_owned();
        return Recognized { stored, note, ..Recognized::default() };
    }
    Recognized { only_where, stored, ..inside }
}

/// `diff_up` and `diff_down` of the sentiment suite, which compare the shift from class 0 to class 2.
fn by_name(function: &Function<'_>) -> Option<Expectation> {
    if !function.names.iter().any(|name| name == "positive_change") {
        return None;
    }
    let tolerance = function.constants.iter().find_map(|view| {
        if let Some(Element::Float(number)) = view.element() { Some(number) } else { None }
    })?;
    match function.name.as_str() {
        "diff_up" => Some(Expectation::Shifts { from: 0, to: 2, tolerance }),
        "diff_down" => Some(Expectation::Shifts { from: 2, to: 0, tolerance }),
        _ => None,
    }
}

/// A comparison of a variable with a constant, as bytecode of Python 3.6 to 3.10.
struct Comparison {
    variable: usize,
    constant: Answer,
    equal: bool,
}

const LOAD_FAST: u8 = 124;
const LOAD_CONST: u8 = 100;
const COMPARE: u8 = 107;
const RETURN: u8 = 83;
const JUMP_IF_FALSE: u8 = 114;
const EQUAL: u8 = 2;
const NOT_EQUAL: u8 = 3;

fn comparison(function: &Function<'_>, code: &[u8]) -> Option<Comparison> {
    let [LOAD_FAST, variable, LOAD_CONST, constant, COMPARE, operator @ (EQUAL | NOT_EQUAL)] = code else {
        return None;
    };
    let constant = function.constants.get(usize::from(*constant))?.element().map(answer_of)?;
    Some(Comparison { variable: usize::from(*variable), constant, equal: *operator == EQUAL })
}

/// `lambda x, pred, …: pred != 0` and `… if label == 1 else pred == label`, the forms of the sentiment suite.
fn by_code(function: &Function<'_>, pairs: bool) -> Option<Expectation> {
    if pairs {
        return None;
    }
    let of = |variable: usize| function.variables.get(variable).map(String::as_str);
    if let Some((test, [RETURN, _])) = function.code.split_at_checked(6) {
        let test = comparison(function, test)?;
        return (of(test.variable) == Some("pred")).then_some(if test.equal {
            Expectation::Equals { value: Some(test.constant) }
        } else {
            Expectation::DiffersFrom { value: test.constant }
        });
    }
    let (condition, rest) = function.code.split_at_checked(6)?;
    let condition = comparison(function, condition)?;
    let (jump, rest) = rest.split_at_checked(2)?;
    let (first, rest) = rest.split_at_checked(6)?;
    let first = comparison(function, first)?;
    let [RETURN, _, LOAD_FAST, a, LOAD_FAST, b, COMPARE, EQUAL, RETURN, _] = rest else { return None };
    let names = [condition.variable, first.variable, usize::from(*a), usize::from(*b)].map(of);
    let read = jump[0] == JUMP_IF_FALSE
        && names == [Some("label"), Some("pred"), Some("pred"), Some("label")]
        && condition.equal
        && !first.equal;
    read.then_some(Expectation::EqualsOrDiffers { label: condition.constant, value: first.constant })
}

/// The condition of a slice: a comparison of the prediction for the original or for the example.
fn condition_of(function: &Function<'_>, pairs: bool) -> Option<Slice> {
    let (test, [RETURN, _]) = function.code.split_at_checked(6)? else { return None };
    let test = comparison(function, test)?;
    // A function of pairs is given the original's prediction first, one of single examples the text.
    let of = match (pairs, test.variable) {
        (true, 0) => SliceOf::Original,
        (true | false, 1) => SliceOf::Prediction,
        _ => return None,
    };
    let (is, is_not) = if test.equal { (Some(test.constant), None) } else { (None, Some(test.constant)) };
    Some(Slice { of, is, is_not })
}
