//! Buffers of a plan for several images, and its runs forth and back.

use rten::ThreadPool;

use crate::inference::gradients::error::GradientError;
use crate::inference::gradients::plan::{Plan, Step};
use crate::inference::gradients::rules::{Back, Below, Scratch};

/// Values and derivatives of a batch. For one thread.
pub struct Session<'a> {
    plan: &'a Plan,
    images: usize,
    values: Vec<Vec<f32>>,
    below: Vec<Vec<f32>>,
    touched: Vec<bool>,
    scratch: Scratch,
    /// One thread: the batches of an attack keep the processors busy.
    pool: ThreadPool,
}

impl<'a> Session<'a> {
    /// Buffers for running a plan.
    pub fn new(plan: &'a Plan) -> Self {
        let count = plan.sizes.len();
        Self {
            plan,
            images: 0,
            values: vec![Vec::new(); count],
            below: vec![Vec::new(); count],
            touched: vec![false; count],
            scratch: Scratch::default(),
            pool: ThreadPool::with_num_threads(1),
        }
    }

    /// Runs the graph on several inputs, each with as many numbers as the plan's input.
    pub fn forward(&mut self, inputs: &[&[f32]]) -> Result<(), GradientError> {
        let size = self.plan.sizes.first().copied().unwrap_or(0);
        if let Some(other) = inputs.iter().find(|input| input.len() != size) {
            return Err(GradientError::missing(format!(
                "an input has {} numbers, the gradient was planned for {size}",
                other.len()
            )));
        }
        self.images = inputs.len();
        for (value, size) in self.values.iter_mut().zip(&self.plan.sizes) {
            value.resize(size * self.images, 0.0);
        }
        if let Some(first) = self.values.first_mut() {
            interleave(first, inputs);
        }
        let (plan, values, scratch, images) = (self.plan, &mut self.values, &mut self.scratch, self.images);
        self.pool.run(|| {
            for step in &plan.steps {
                match step {
                    Step::Replace { rule, slot } => rule.map(&mut values[*slot], images),
                    Step::Apply { rule, inputs, outputs } => {
                        let mut made: Vec<Vec<f32>> =
                            outputs.iter().map(|slot| std::mem::take(&mut values[*slot])).collect();
                        let given: Vec<&[f32]> = inputs.iter().map(|slot| values[*slot].as_slice()).collect();
                        rule.forward(&given, &mut made, images, scratch);
                        for (slot, made) in outputs.iter().zip(made) {
                            values[*slot] = made;
                        }
                    }
                }
            }
        });
        Ok(())
    }

    /// Output number `output` for image number `image` of the last run.
    pub fn output(&self, output: usize, image: usize) -> Vec<f32> {
        let Some(found) = self.plan.outputs.get(output) else { return Vec::new() };
        let value = &self.values[found.slot];
        value.iter().skip(image).step_by(self.images.max(1)).copied().collect()
    }

    /// The derivatives of an objective by the inputs of the last run, for each image. `seeds` are the objective's derivatives
    /// by the outputs, for each image those of all outputs in their order; an empty one stands for zeros.
    pub fn backward(&mut self, seeds: &[Vec<Vec<f32>>]) -> Result<Vec<Vec<f32>>, GradientError> {
        self.touched.fill(false);
        for (below, size) in self.below.iter_mut().zip(&self.plan.sizes) {
            below.resize(size * self.images, 0.0);
        }
        for (number, output) in self.plan.outputs.iter().enumerate() {
            let size = self.plan.sizes[output.slot];
            let below = &mut self.below[output.slot];
            for (image, seeds) in seeds.iter().enumerate().take(self.images) {
                let Some(seed) = seeds.get(number).filter(|seed| !seed.is_empty()) else { continue };
                if seed.len() != size {
                    return Err(GradientError::missing(format!(
                        "the output {:?} has {size} numbers, its derivative {}",
                        output.facts.name,
                        seed.len()
                    )));
                }
                if !std::mem::replace(&mut self.touched[output.slot], true) {
                    below.fill(0.0);
                }
                let own = below.iter_mut().skip(image).step_by(self.images);
                own.zip(seed).for_each(|(sum, seed)| *sum += seed);
            }
        }
        self.back();
        let Some(first) = self.below.first_mut() else { return Ok(Vec::new()) };
        if !self.touched.first().copied().unwrap_or(false) {
            first.fill(0.0);
        }
        let images = self.images;
        Ok((0..images).map(|image| first.iter().skip(image).step_by(images).copied().collect()).collect())
    }

    fn back(&mut self) {
        let (plan, images) = (self.plan, self.images);
        let (values, grads, touched, scratch) =
            (&self.values, &mut self.below, &mut self.touched, &mut self.scratch);
        self.pool.run(|| {
            for step in plan.steps.iter().rev() {
                match step {
                    Step::Replace { rule, slot } => {
                        if touched[*slot] {
                            rule.back(&values[*slot], &mut grads[*slot], images);
                        }
                    }
                    Step::Apply { rule, inputs, outputs } => {
                        if !outputs.iter().any(|slot| touched[*slot]) {
                            continue;
                        }
                        let given: Vec<&[f32]> = inputs.iter().map(|slot| values[*slot].as_slice()).collect();
                        let made: Vec<&[f32]> = outputs.iter().map(|slot| values[*slot].as_slice()).collect();
                        for (which, slot) in inputs.iter().enumerate() {
                            let mut data = std::mem::take(&mut grads[*slot]);
                            let above: Vec<Option<&[f32]>> = outputs
                                .iter()
                                .map(|slot| touched[*slot].then(|| grads[*slot].as_slice()))
                                .collect();
                            let back = Back { inputs: &given, outputs: &made, above: &above, images };
                            let mut below = Below::new(&mut data, !touched[*slot]);
                            rule.backward(which, &back, &mut below, scratch);
                            below.settle();
                            grads[*slot] = data;
                            touched[*slot] = true;
                        }
                    }
                }
            }
        });
    }
}

/// Puts the numbers of several images side by side.
fn interleave(target: &mut [f32], inputs: &[&[f32]]) {
    if let [only] = inputs {
        target.copy_from_slice(only);
        return;
    }
    for (image, input) in inputs.iter().enumerate() {
        for (place, value) in target.iter_mut().skip(image).step_by(inputs.len()).zip(*input) {
            *place = *value;
        }
    }
}
