//! Loops and branches whose bodies hold steps that the built-in runtime lacks: `If`, `Loop`, `Scan`.

use std::collections::{BTreeMap, BTreeSet};

use rten::RunOptions;

use super::error::LoweringError;
use super::parts::Values;
use super::program::Program;
use super::proto::Node;
use super::values::{Data, Value, around, axis};

/// A step with graphs inside of it.
pub(super) struct Flow {
    /// The step as in the file.
    pub node: Node,
    /// The graphs inside of it by the name of their attribute.
    pub bodies: BTreeMap<String, Body>,
    /// Names of all values that it needs, those of its bodies among them.
    pub takes: BTreeSet<String>,
}

/// A graph inside of a step.
pub(super) struct Body {
    pub program: Program,
    pub inputs: Vec<String>,
    pub captured: BTreeSet<String>,
}

/// Values from outside of the bodies.
struct Scope<'a> {
    values: &'a Values,
    constants: &'a BTreeMap<String, Value>,
    options: Option<&'a RunOptions>,
}

impl Scope<'_> {
    fn value(&self, name: &str) -> Result<rten::Value, LoweringError> {
        match self.values.get(name) {
            Some(value) => Ok(value.clone()),
            None => self
                .constants
                .get(name)
                .ok_or_else(|| LoweringError::missing(format!("the value {name:?} is missing")))?
                .to_rten(),
        }
    }

    fn tensor(&self, name: &str) -> Result<Value, LoweringError> {
        Value::from_rten(&self.value(name)?)
            .ok_or_else(|| LoweringError::missing(format!("the value {name:?} is not a tensor")))
    }

    fn run(&self, body: &Body, given: Vec<rten::Value>) -> Result<Vec<rten::Value>, LoweringError> {
        if given.len() != body.inputs.len() {
            return Err(LoweringError::shape(format!(
                "its body takes {} inputs, {} are given",
                body.inputs.len(),
                given.len()
            )));
        }
        let mut values: Values = body.inputs.iter().cloned().zip(given).collect();
        for name in &body.captured {
            values.insert(name.clone(), self.value(name)?);
        }
        body.program.run_values(values, body.program.outputs(), self.options)
    }
}

impl Flow {
    /// Runs the step and adds its outputs to the values.
    pub(super) fn run(
        &self,
        values: &mut Values,
        constants: &BTreeMap<String, Value>,
        options: Option<&RunOptions>,
    ) -> Result<(), LoweringError> {
        let scope = Scope { values, constants, options };
        let found = match self.node.op_type.as_str() {
            "If" => self.branch(&scope),
            "Loop" => self.repeat(&scope),
            _ => self.scan(&scope),
        };
        let found = found.map_err(|err| LoweringError::of_step(self.node.title(), err))?;
        let named = self.node.output.iter().cloned().zip(found);
        values.extend(named.filter(|(name, _)| !name.is_empty()));
        Ok(())
    }

    fn body(&self, name: &str) -> Result<&Body, LoweringError> {
        self.bodies
            .get(name)
            .ok_or_else(|| LoweringError::missing(format!("its attribute {name:?} is missing")))
    }

    fn flag(&self, at: usize, scope: &Scope<'_>) -> Result<Option<i64>, LoweringError> {
        let number = |name| Ok(scope.tensor(name)?.to_wholes().first().copied().unwrap_or(0));
        self.node.given(at).map(number).transpose()
    }

    fn branch(&self, scope: &Scope<'_>) -> Result<Vec<rten::Value>, LoweringError> {
        let yes = self.flag(0, scope)?.unwrap_or(0) != 0;
        scope.run(self.body(if yes { "then_branch" } else { "else_branch" })?, Vec::new())
    }

    fn repeat(&self, scope: &Scope<'_>) -> Result<Vec<rten::Value>, LoweringError> {
        let body = self.body("body")?;
        let most = self.flag(0, scope)?.unwrap_or(i64::MAX);
        let mut go_on = self.flag(1, scope)?.unwrap_or(1) != 0;
        let mut carried = Vec::new();
        for at in 2..self.node.input.len() {
            carried.push(scope.value(self.node.given(at).unwrap_or_default())?);
        }
        let mut collected: Vec<Vec<Value>> = Vec::new();
        let mut turn = 0;
        while go_on && turn < most {
            let number =
                |value: i64| Value { shape: Vec::new(), data: Data::I32(vec![value as i32]) }.to_rten();
            let mut given = vec![number(turn)?, number(1)?];
            let count = carried.len();
            given.append(&mut carried);
            let mut made = scope.run(body, given)?.into_iter();
            let condition = made.next().as_ref().and_then(Value::from_rten);
            go_on = condition.is_none_or(|value| value.to_wholes().first().is_none_or(|flag| *flag != 0));
            carried.extend(made.by_ref().take(count));
            collect(&mut collected, made)?;
            turn += 1;
        }
        let scans = body.program.outputs().len().saturating_sub(1 + carried.len());
        if turn == 0 && scans > 0 {
            return Err(LoweringError::missing("it runs no turn, so the shape of its outputs is unknown"));
        }
        for parts in &collected {
            carried.push(stacked(parts, 0)?.to_rten()?);
        }
        Ok(carried)
    }

    fn scan(&self, scope: &Scope<'_>) -> Result<Vec<rten::Value>, LoweringError> {
        let body = self.body("body")?;
        let count = self.node.whole("num_scan_inputs", 0).max(0) as usize;
        let states = self.node.input.len().saturating_sub(count);
        let mut carried = Vec::new();
        for at in 0..states {
            carried.push(scope.value(self.node.given(at).unwrap_or_default())?);
        }
        let list =
            |name: &str, at: usize| self.node.wholes(name).and_then(|all| all.get(at).copied()).unwrap_or(0);
        let mut scanned = Vec::new();
        for at in 0..count {
            let value = scope.tensor(self.node.given(states + at).unwrap_or_default())?;
            let along = axis(list("scan_input_axes", at), value.shape.len())?;
            scanned.push((value, along, list("scan_input_directions", at) != 0));
        }
        let turns = scanned.first().map_or(0, |(value, along, _)| value.shape[*along]);
        let mut collected: Vec<Vec<Value>> = Vec::new();
        for turn in 0..turns {
            let mut given = std::mem::take(&mut carried);
            for (value, along, backward) in &scanned {
                let at = if *backward { turns - 1 - turn } else { turn };
                given.push(slice(value, *along, at).to_rten()?);
            }
            let mut made = scope.run(body, given)?.into_iter();
            carried.extend(made.by_ref().take(states));
            collect(&mut collected, made)?;
        }
        if turns == 0 {
            return Err(LoweringError::missing(
                "it has nothing to scan, so the shape of its outputs is unknown",
            ));
        }
        for (at, parts) in collected.iter_mut().enumerate() {
            if list("scan_output_directions", at) != 0 {
                parts.reverse();
            }
            let rank = parts.first().map_or(0, |part| part.shape.len()) + 1;
            let along = axis(list("scan_output_axes", at), rank)?;
            carried.push(stacked(parts, along)?.to_rten()?);
        }
        Ok(carried)
    }
}

fn collect(all: &mut Vec<Vec<Value>>, made: impl Iterator<Item = rten::Value>) -> Result<(), LoweringError> {
    for (at, value) in made.enumerate() {
        let value = Value::from_rten(&value)
            .ok_or_else(|| LoweringError::missing("an output of its body is not a tensor"))?;
        if all.len() == at {
            all.push(Vec::new());
        }
        all[at].push(value);
    }
    Ok(())
}

/// One slice along a dimension, without it.
fn slice(value: &Value, along: usize, at: usize) -> Value {
    let (before, side, after) = around(&value.shape, along);
    let places: Vec<usize> =
        (0..before).flat_map(|row| (0..after).map(move |cell| (row * side + at) * after + cell)).collect();
    let mut shape = value.shape.clone();
    shape.remove(along);
    value.picked(shape, &places)
}

/// Tensors of one shape along a new dimension.
fn stacked(parts: &[Value], along: usize) -> Result<Value, LoweringError> {
    let first = parts.first().ok_or_else(|| LoweringError::missing("it makes no output"))?;
    if parts.iter().any(|part| part.shape != first.shape) {
        return Err(LoweringError::shape("the shape of its outputs changes between iterations"));
    }
    let mut shape = first.shape.clone();
    shape.insert(along, parts.len());
    let size = first.len();
    let joined = match &first.data {
        Data::F32(_) => Data::F32(parts.iter().flat_map(Value::to_floats).collect()),
        Data::I32(_) => Data::I32(parts.iter().flat_map(Value::to_wholes).map(|v| v as i32).collect()),
        Data::I8(_) => Data::I8(parts.iter().flat_map(Value::to_wholes).map(|v| v as i8).collect()),
        Data::U8(_) => Data::U8(parts.iter().flat_map(Value::to_wholes).map(|v| v as u8).collect()),
    };
    let after: usize = first.shape[along..].iter().product();
    let before = size / after.max(1);
    let places: Vec<usize> = (0..before)
        .flat_map(|row| (0..parts.len()).map(move |part| (row, part)))
        .flat_map(|(row, part)| (0..after).map(move |cell| part * size + row * after + cell))
        .collect();
    Ok(Value { shape: vec![places.len()], data: joined }.picked(shape, &places))
}
