//! `GRU`, `LSTM` and `RNN` beyond what the runtime has: other activations, sequences of different lengths, peepholes,
//! clipping, batches first, and the reset before the matrix product.

use super::call::{Call, Own};
use super::error::LoweringError;
use super::proto::Node;
use super::rewrite::Rewrite;
use super::values::Value;
use super::{Action, LoweringKind};

/// The runtime resets after the matrix product only.
pub(super) static GRU: LoweringKind =
    LoweringKind { operator: "GRU", lower: |node, to| Ok(lower(node, to, gru)) };
/// The runtime ignores lengths of sequences.
pub(super) static LSTM: LoweringKind =
    LoweringKind { operator: "LSTM", lower: |node, to| Ok(lower(node, to, lstm)) };
/// The runtime has none.
pub(super) static RNN: LoweringKind = LoweringKind { operator: "RNN", lower: |_, _| Ok(Action::Own(rnn)) };

/// Attributes whose presence the runtime does not take.
const OWN: [&str; 5] = ["activations", "activation_alpha", "activation_beta", "clip", "layout"];

fn lower(node: &Node, to: &Rewrite<'_, '_>, own: Own) -> Action {
    let plain = OWN.iter().all(|name| node.attribute(name).is_none())
        && node.given(4).is_none()
        && node.given(7).is_none()
        && node.whole("input_forget", 0) == 0
        && (node.op_type != "GRU" || node.whole("linear_before_reset", 0) != 0)
        && to.facts.element_of(node, 0).is_some();
    if plain { Action::Keep } else { Action::Own(own) }
}

/// An activation with its parameters.
struct Activation {
    name: String,
    alpha: f64,
    beta: f64,
}

impl Activation {
    fn of(&self, x: f64) -> f64 {
        let (a, b) = (self.alpha, self.beta);
        match self.name.as_str() {
            "relu" => x.max(0.0),
            "leakyrelu" => {
                if x < 0.0 {
                    a * x
                } else {
                    x
                }
            }
            "tanh" => x.tanh(),
            "hardsigmoid" => (a * x + b).clamp(0.0, 1.0),
            "elu" => {
                if x < 0.0 {
                    a * (x.exp() - 1.0)
                } else {
                    x
                }
            }
            "softsign" => x / (1.0 + x.abs()),
            "softplus" => x.exp().ln_1p(),
            _ => 1.0 / (1.0 + (-x).exp()),
        }
    }
}

/// Everything that the three have in common.
struct Sizes {
    steps: usize,
    batches: usize,
    inputs: usize,
    hidden: usize,
    directions: usize,
    batch_first: bool,
}

/// One direction: its weights and the state of one sequence.
struct Cell<'a> {
    w: &'a [f64],
    r: &'a [f64],
    bias: &'a [f64],
    peephole: &'a [f64],
    activations: &'a [Activation],
    clip: f64,
    inputs: usize,
    hidden: usize,
    gates: usize,
}

impl Cell<'_> {
    fn capped(&self, x: f64) -> f64 {
        if self.clip > 0.0 { x.clamp(-self.clip, self.clip) } else { x }
    }

    /// The input's part of a gate.
    fn input_part(&self, gate: usize, unit: usize, x: &[f64]) -> f64 {
        let row = (gate * self.hidden + unit) * self.inputs;
        let bias = self.bias.get(gate * self.hidden + unit).copied().unwrap_or(0.0);
        self.w[row..row + self.inputs].iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias
    }

    fn recurrent_bias(&self, gate: usize, unit: usize) -> f64 {
        self.bias.get((self.gates + gate) * self.hidden + unit).copied().unwrap_or(0.0)
    }

    /// The state's part of a gate.
    fn state_part(&self, gate: usize, unit: usize, h: &[f64]) -> f64 {
        let row = (gate * self.hidden + unit) * self.hidden;
        self.r[row..row + self.hidden].iter().zip(h).map(|(r, h)| r * h).sum()
    }

    fn gate(&self, gate: usize, unit: usize, x: &[f64], h: &[f64]) -> f64 {
        self.input_part(gate, unit, x) + self.recurrent_bias(gate, unit) + self.state_part(gate, unit, h)
    }

    fn peep(&self, gate: usize, unit: usize, c: f64) -> f64 {
        self.peephole.get(gate * self.hidden + unit).copied().unwrap_or(0.0) * c
    }
}

/// One step of a sequence: from the input, the state and the cell state to the new ones.
type Turn = fn(&Call<'_>, &Cell<'_>, &[f64], &mut Vec<f64>, &mut Vec<f64>);

fn rnn(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    run(call, 1, &["tanh"], |_, cell, x, h, _| {
        let next = |unit| cell.activations[0].of(cell.capped(cell.gate(0, unit, x, h)));
        *h = (0..cell.hidden).map(next).collect();
    })
}

fn gru(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    run(call, 3, &["sigmoid", "tanh"], |call, cell, x, h, _| {
        let after = call.node.whole("linear_before_reset", 0) != 0;
        let (f, g) = (&cell.activations[0], &cell.activations[1]);
        let gate = |gate: usize| -> Vec<f64> {
            (0..cell.hidden).map(|unit| f.of(cell.capped(cell.gate(gate, unit, x, h)))).collect()
        };
        let (update, reset) = (gate(0), gate(1));
        let held: Vec<f64> = h.iter().zip(&reset).map(|(h, r)| h * r).collect();
        let candidate = |unit: usize| {
            let past = if after {
                reset[unit] * (cell.state_part(2, unit, h) + cell.recurrent_bias(2, unit))
            } else {
                cell.state_part(2, unit, &held) + cell.recurrent_bias(2, unit)
            };
            g.of(cell.capped(cell.input_part(2, unit, x) + past))
        };
        let next = |unit| (1.0 - update[unit]) * candidate(unit) + update[unit] * h[unit];
        *h = (0..cell.hidden).map(next).collect();
    })
}

fn lstm(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    run(call, 4, &["sigmoid", "tanh", "tanh"], |call, cell, x, h, c| {
        let coupled = call.node.whole("input_forget", 0) != 0;
        let [f, g, out] = [&cell.activations[0], &cell.activations[1], &cell.activations[2]];
        let (mut next_h, mut next_c) = (Vec::with_capacity(cell.hidden), Vec::with_capacity(cell.hidden));
        for (unit, past) in c.iter().enumerate() {
            // Gates are stored as input, output, forget, cell; peepholes as input, output, forget.
            let input = f.of(cell.capped(cell.gate(0, unit, x, h) + cell.peep(0, unit, *past)));
            let forget = if coupled {
                1.0 - input
            } else {
                f.of(cell.capped(cell.gate(2, unit, x, h) + cell.peep(2, unit, *past)))
            };
            let candidate = g.of(cell.capped(cell.gate(3, unit, x, h)));
            let state = forget * past + input * candidate;
            let output = f.of(cell.capped(cell.gate(1, unit, x, h) + cell.peep(1, unit, state)));
            next_h.push(output * out.of(state));
            next_c.push(state);
        }
        (*h, *c) = (next_h, next_c);
    })
}

fn sizes(call: &Call<'_>) -> Result<Sizes, LoweringError> {
    let x = call.input(0)?;
    let batch_first = call.node.whole("layout", 0) != 0;
    let &[a, b, inputs] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let (steps, batches) = if batch_first { (b, a) } else { (a, b) };
    let recurrent = &call.input(2)?.shape;
    let hidden = recurrent
        .get(2)
        .copied()
        .ok_or_else(|| LoweringError::shape("its recurrent weights have less than three dimensions"))?;
    let directions = if call.node.word("direction", "forward") == "bidirectional" { 2 } else { 1 };
    Ok(Sizes { steps, batches, inputs, hidden, directions, batch_first })
}

/// The activations of one direction.
fn activations(
    call: &Call<'_>,
    direction: usize,
    defaults: &[&str],
) -> Result<Vec<Activation>, LoweringError> {
    let names: Vec<String> = call.node.attribute("activations").map_or_else(Vec::new, |attribute| {
        attribute.strings.iter().map(|name| String::from_utf8_lossy(name).to_lowercase()).collect()
    });
    let floats = |name| call.node.attribute(name).map_or_else(Vec::new, |attribute| attribute.floats.clone());
    let (alphas, betas) = (floats("activation_alpha"), floats("activation_beta"));
    let mut found = Vec::new();
    for (k, default) in defaults.iter().enumerate() {
        let at = direction * defaults.len() + k;
        let name = names.get(at).cloned().unwrap_or_else(|| (*default).to_owned());
        let (alpha, beta) = match name.as_str() {
            "leakyrelu" => (0.01, 0.0),
            "elu" => (1.0, 0.0),
            "hardsigmoid" => (0.2, 0.5),
            "relu" | "tanh" | "sigmoid" | "softsign" | "softplus" => (0.0, 0.0),
            other => {
                return Err(LoweringError::unsupported(format!("its activation {other:?} is not supported")));
            }
        };
        let alpha = alphas.get(at).map_or(alpha, |alpha| f64::from(*alpha));
        let beta = betas.get(at).map_or(beta, |beta| f64::from(*beta));
        found.push(Activation { name, alpha, beta });
    }
    Ok(found)
}

/// The part of a direction of an optional input.
fn part(data: &[f64], direction: usize, directions: usize) -> &[f64] {
    let size = data.len() / directions;
    &data[direction * size..][..size]
}

fn run(call: &Call<'_>, gates: usize, defaults: &[&str], turn: Turn) -> Result<Vec<Value>, LoweringError> {
    let sizes = sizes(call)?;
    let Sizes { steps, batches, inputs, hidden, directions, batch_first } = sizes;
    let numbers = |at: usize| call.optional(at).map(Value::to_doubles).unwrap_or_default();
    let (x, w, r, bias) = (numbers(0), numbers(1), numbers(2), numbers(3));
    if w.len() != directions * gates * hidden * inputs || r.len() != directions * gates * hidden * hidden {
        return Err(LoweringError::shape("its weights do not fit its input"));
    }
    let lengths = call.optional(4).map(Value::to_wholes);
    let (first_h, first_c, peephole) = (numbers(5), numbers(6), numbers(7));
    let state = |from: &[f64], direction: usize, batch: usize| -> Vec<f64> {
        let at = if batch_first { batch * directions + direction } else { direction * batches + batch };
        from.get(at * hidden..(at + 1) * hidden).map_or_else(|| vec![0.0; hidden], <[f64]>::to_vec)
    };
    let mut y = vec![0.0; steps * directions * batches * hidden];
    let (mut last_h, mut last_c) =
        (vec![0.0; directions * batches * hidden], vec![0.0; directions * batches * hidden]);
    let backward_only = call.node.word("direction", "forward") == "reverse";
    for direction in 0..directions {
        let activations = activations(call, direction, defaults)?;
        let cell = Cell {
            w: part(&w, direction, directions),
            r: part(&r, direction, directions),
            bias: part(&bias, direction, directions),
            peephole: part(&peephole, direction, directions),
            activations: &activations,
            clip: f64::from(call.node.number("clip", 0.0)),
            inputs,
            hidden,
            gates,
        };
        for batch in 0..batches {
            let length = lengths
                .as_ref()
                .and_then(|all| all.get(batch))
                .map_or(steps, |length| (*length).max(0) as usize);
            let length = length.min(steps);
            let (mut h, mut c) = (state(&first_h, direction, batch), state(&first_c, direction, batch));
            for k in 0..length {
                let step = if backward_only || direction == 1 { length - 1 - k } else { k };
                let at = if batch_first { batch * steps + step } else { step * batches + batch };
                turn(call, &cell, &x[at * inputs..][..inputs], &mut h, &mut c);
                let to = if batch_first {
                    (batch * steps + step) * directions + direction
                } else {
                    (step * directions + direction) * batches + batch
                };
                y[to * hidden..][..hidden].copy_from_slice(&h);
            }
            let to = if batch_first { batch * directions + direction } else { direction * batches + batch };
            last_h[to * hidden..][..hidden].copy_from_slice(&h);
            last_c[to * hidden..][..hidden].copy_from_slice(&c);
        }
    }
    let (all, last) = if batch_first {
        (vec![batches, steps, directions, hidden], vec![batches, directions, hidden])
    } else {
        (vec![steps, directions, batches, hidden], vec![directions, batches, hidden])
    };
    let kind = call.element(0);
    Ok(vec![
        Value::of(kind, all, &y)?,
        Value::of(kind, last.clone(), &last_h)?,
        Value::of(kind, last, &last_c)?,
    ])
}
