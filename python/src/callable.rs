//! A Python callable as a graph: one thread calls it, with batches of what other threads ask for meanwhile.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hardcase::inference::error::GraphError;
use hardcase::inference::{Graph, Tensor};
use numpy::{PyReadonlyArrayDyn, PyUntypedArrayMethods as _};
use pyo3::prelude::*;

use crate::arrays::{contiguous, shaped};
use crate::errors::Error;
use crate::interrupt;

/// Interval at which a waiting thread looks for an interrupt.
const LOOK: Duration = Duration::from_millis(50);

/// The exception that a callable raised last, as the cause of the next error.
pub(crate) type Raised = Arc<Mutex<Option<PyErr>>>;

/// A question: the input tensor, and where the answer goes.
struct Question {
    input: Tensor,
    answer: SyncSender<Result<Vec<Tensor>, String>>,
}

/// A Python callable.
pub(crate) struct Callable {
    questions: Mutex<Sender<Question>>,
}

impl Callable {
    /// Starts the thread that calls `function`: it takes one array and returns a list of names and float32 arrays, whose first
    /// dimension is that of the array. `bytes` if the array is uint8, otherwise it is float32.
    pub(crate) fn start(
        function: Py<PyAny>,
        batch: usize,
        bytes: bool,
        raised: Raised,
    ) -> std::io::Result<Self> {
        let (questions, asked) = channel();
        let work = move || serve(&function, &asked, batch, bytes, &raised);
        std::thread::Builder::new().name("hardcase callable".to_owned()).spawn(work)?;
        Ok(Self { questions: Mutex::new(questions) })
    }
}

impl Graph for Callable {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let input =
            inputs.first().cloned().ok_or_else(|| GraphError::unsupported("the callable has no input"))?;
        let (answer, answered) = sync_channel(1);
        let questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        questions.send(Question { input, answer }).map_err(|_err| gone())?;
        loop {
            match answered.recv_timeout(LOOK) {
                Ok(answer) => return answer.map_err(GraphError::unsupported),
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
                Err(RecvTimeoutError::Timeout) if interrupt::ending() => {
                    return Err(GraphError::unsupported("interrupted while the callable ran"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn gone() -> GraphError {
    GraphError::unsupported("the thread that runs the callable has ended")
}

fn serve(function: &Py<PyAny>, asked: &Receiver<Question>, batch: usize, bytes: bool, raised: &Raised) {
    let mut waiting: Option<Question> = None;
    while let Some(first) = waiting.take().or_else(|| asked.recv().ok()) {
        let mut together = vec![first];
        let mut count = rows(&together[0]);
        while count < batch {
            let Ok(next) = asked.try_recv() else { break };
            if next.input.shape.get(1..) != together[0].input.shape.get(1..) || count + rows(&next) > batch {
                waiting = Some(next);
                break;
            }
            count += rows(&next);
            together.push(next);
        }
        if together.len() == 1 {
            answer(together, |all| call(function, all, bytes, raised));
            continue;
        }
        match call(function, &together, bytes, raised) {
            Ok(answers) => {
                for (question, one) in together.into_iter().zip(answers) {
                    drop(question.answer.send(Ok(one)));
                }
            }
            // An input that fails is separated from the rest of its batch.
            Err(_) => together
                .into_iter()
                .for_each(|question| answer(vec![question], |all| call(function, all, bytes, raised))),
        }
    }
}

/// Inputs in a question.
fn rows(question: &Question) -> usize {
    question.input.shape.first().copied().unwrap_or(1).max(1)
}

fn answer(question: Vec<Question>, call: impl FnOnce(&[Question]) -> Result<Vec<Vec<Tensor>>, String>) {
    let outcome = call(&question).map(|mut answers| answers.pop().unwrap_or_default());
    for question in question {
        // Who was interrupted no longer waits.
        drop(question.answer.send(outcome.clone()));
    }
}

/// One call with all questions, and the outputs for each.
fn call(
    function: &Py<PyAny>,
    questions: &[Question],
    bytes: bool,
    raised: &Raised,
) -> Result<Vec<Vec<Tensor>>, String> {
    let count: usize = questions.iter().map(rows).sum();
    let mut shape = questions.first().map(|question| question.input.shape.clone()).unwrap_or_default();
    if let Some(first) = shape.first_mut() {
        *first = count;
    }
    let values = questions.iter().flat_map(|question| question.input.data.iter().copied());
    Python::attach(|py| {
        let array = if bytes {
            // They were bytes before, so nothing is lost.
            shaped(py, values.map(|value| value as u8).collect(), &shape)
        } else {
            shaped(py, values.collect(), &shape)
        };
        let outputs =
            array.and_then(|array| function.call1(py, (array,))).and_then(|out| tensors(out.bind(py)));
        match outputs {
            Ok(outputs) => divided(&outputs, questions),
            Err(err) => {
                let text = sentence(py, &err);
                *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(err);
                Err(text)
            }
        }
    })
}

/// The sentence of an exception: our own as it is, others by their type and text.
fn sentence(py: Python<'_>, err: &PyErr) -> String {
    let text = err.value(py).to_string();
    if err.is_instance_of::<Error>(py) {
        return text;
    }
    let name = err.get_type(py).name().map(|name| name.to_string()).unwrap_or_default();
    let text = text.lines().next().unwrap_or_default().to_owned();
    if text.is_empty() {
        format!("the callable raised {name}")
    } else {
        format!("the callable raised {name}: {text}")
    }
}

fn tensors(outputs: &Bound<'_, PyAny>) -> PyResult<Vec<Tensor>> {
    let mut all = Vec::new();
    for pair in outputs.try_iter()? {
        let (name, array): (String, PyReadonlyArrayDyn<'_, f32>) = pair?.extract()?;
        all.push(Tensor { name, shape: array.shape().to_vec(), data: contiguous(&array)?.to_vec() });
    }
    Ok(all)
}

/// The parts of the outputs that belong to each question.
fn divided(outputs: &[Tensor], questions: &[Question]) -> Result<Vec<Vec<Tensor>>, String> {
    let count: usize = questions.iter().map(rows).sum();
    let mut begin = 0;
    let mut all = Vec::with_capacity(questions.len());
    for question in questions {
        let own = rows(question);
        let part = |output: &Tensor| -> Result<Tensor, String> {
            if output.shape.first() != Some(&count) {
                return Err(format!(
                    "the callable returned {:?} with the shape {:?} for a batch of {count}, the first dimension must be {count}",
                    output.name, output.shape
                ));
            }
            let each = output.data.len() / count;
            let mut shape = output.shape.clone();
            shape[0] = own;
            let data = output.data[begin * each..(begin + own) * each].to_vec();
            Ok(Tensor { name: output.name.clone(), shape, data })
        };
        all.push(outputs.iter().map(part).collect::<Result<Vec<_>, _>>()?);
        begin += own;
    }
    Ok(all)
}
