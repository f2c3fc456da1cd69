//! The process that judges cases.

use std::io;

use crate::base::child;
use crate::base::errors::quietly;
use crate::data::cases::verdict::Verdict;
use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::inference::embedded;
use crate::inference::model::Model;
use crate::suites::error::{CaseError, HostError};
use crate::suites::files::{self, CaseFile};
use crate::suites::hosted::wire::{Asked, Facts, Judged, Message, Response, Setup};
use crate::suites::run::{change_text, judge_repeatedly};
use crate::transforms::catalog::Catalog;

/// Judges cases as requested over the standard input, until that ends. The first request names model and transforms.
pub fn serve() -> io::Result<()> {
    let mut ready: Option<(Catalog, Model)> = None;
    child::serve(Message::read, |request, output| {
        let response = match &ready {
            None => loaded(&request).map(|loaded| {
                let facts = Facts { name: loaded.1.card.name.clone(), sha256: loaded.1.sha256.clone() };
                ready = Some(loaded);
                (Response::Ready(facts), Vec::new())
            }),
            // A panic is a fault of the program, and yet that of one case only.
            Some((catalog, model)) => {
                quietly(|| judged(catalog, model, &request)).unwrap_or_else(|panic| Err(panic.into()))
            }
        };
        let (response, bytes) =
            response.unwrap_or_else(|err| (Response::Problem(err.to_string()), Vec::new()));
        Message::write(output, &Message::of(&response, bytes).map_err(io::Error::other)?)
    })
}

/// The transforms and the model. The card beside the model takes precedence, then the given one, then a guess.
fn loaded(request: &Message) -> Result<(Catalog, Model), CaseError> {
    let setup: Setup = request.value()?;
    let mut catalog = Catalog::default();
    // This process is apart already.
    let here = Backend::from(&embedded::KIND);
    setup.image_models.iter().try_for_each(|model| model.load(&setup.folder, &mut catalog, &here))?;
    let card = ModelCard::beside(&setup.model)?.or(setup.card);
    let backend = Backend::named(&setup.backend)?;
    let model = Model::load_with(&setup.model, card, &backend, 1)?;
    Ok((catalog, model))
}

fn judged(catalog: &Catalog, model: &Model, request: &Message) -> Result<(Response, Vec<u8>), CaseError> {
    let Asked { case, repeats, images, length } = request.value()?;
    let case: CaseFile = toml::from_str(&case).map_err(HostError::from)?;
    let (input, rest) = request.bytes.split_at(length.min(request.bytes.len()));
    let input = files::decoded(&case.input.file, input)?;
    let attacked = case.attack.as_ref().map(|attack| files::attacked(attack, rest)).transpose()?;
    let outcome = judge_repeatedly(catalog, model, &case, (&input, attacked.as_ref()), repeats)?;
    let look = Look::of(&input);
    let images = (images || outcome.verdict != Verdict::Pass)
        .then(|| [&input, &outcome.changed].map(|i| look.draw(i)));
    let bytes = images.iter().flatten().flat_map(Image::pixels).copied().collect();
    let judged = Judged {
        verdict: outcome.verdict,
        margin: outcome.margin.map(f64::to_bits),
        predictions: [
            text_of(Some(&outcome.before)),
            text_of(Some(&outcome.after)),
            text_of(outcome.expected.as_ref()),
        ],
        above: match look {
            Look::Picture => None,
            Look::Above { reach } => Some(reach),
        },
        sizes: images.map(|images| images.map(|image| image.size())),
        change: change_text(catalog, &case),
    };
    Ok((Response::Judged(Box::new(judged)), bytes))
}

/// A prediction in JSON; none for one that JSON cannot hold.
fn text_of(prediction: Option<&Prediction>) -> Option<String> {
    let text = serde_json::to_string(prediction?).ok()?;
    serde_json::from_str::<Prediction>(&text).is_ok().then_some(text)
}
