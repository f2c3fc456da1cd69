//! Positions on the earth (GPS).

use super::Meaning;
use super::error::MessageError;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::place::Place;

/// GPS fixes; a message without a fix is NaN and leaves a gap in the track.
pub(super) static KIND: Meaning = Meaning {
    schemas: &["sensor_msgs/NavSatFix", "foxglove.LocationFix", "foxglove.LocationFixes"],
    kind: ChannelKind::Places,
    numbers: true,
    read: |message| {
        // Of several fixes in a message the first.
        let message = message.list_at("fixes").first().unwrap_or(message);
        let degrees = |name| message.number_at(name).ok_or_else(|| MessageError::missing(name));
        Ok(Sample::Place(Place {
            latitude: degrees("latitude")?,
            longitude: degrees("longitude")?,
            altitude: message.number_at("altitude").unwrap_or(f64::NAN),
        }))
    },
};
