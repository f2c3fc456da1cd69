//! The operational design domain in the words of ASAM `OpenLABEL`'s scenario tags and ISO 34503.
//!
//! It says what is there, what is not, and what nobody looked at. An attribute of the domain is a tag of the whole clip that
//! says `present` yes or no; without such a tag it is unknown, which is not the same as absent.

use crate::data::label::Value;
use crate::data::tag::Tag;

/// What tags of the domain begin with.
const MARK: &str = "ODD ";

/// The attribute that says whether it is there.
pub const PRESENT: &str = "present";

/// One group of attributes, as they are shown.
pub struct Group {
    /// What a person calls it.
    pub title: &'static str,
    /// What can be there: the name in the standard, what a person calls it, and the unit of its value or "".
    pub entries: &'static [(&'static str, &'static str, &'static str)],
}

/// Every attribute that is offered. Others, from files, are kept as they are.
pub static GROUPS: &[Group] = &[
    Group {
        title: "Weather",
        entries: &[
            ("WeatherRain", "rain", "mm/h"),
            ("RainTypeDynamic", "frontal rain", ""),
            ("RainTypeConvective", "showers", ""),
            ("RainTypeOrographic", "rain at hills", ""),
            ("WeatherSnow", "snow", "km visibility"),
            ("WeatherWind", "wind", "m/s"),
        ],
    },
    Group {
        title: "Particles in the air",
        entries: &[
            ("ParticulatesWater", "mist or fog", "m optical range"),
            ("ParticulatesMarine", "sea spray", ""),
            ("ParticulatesDust", "sand or dust", ""),
            ("ParticulatesPollution", "smoke or smog", ""),
            ("ParticulatesVolcanic", "volcanic ash", ""),
        ],
    },
    Group {
        title: "Light",
        entries: &[
            ("IlluminationDay", "day", ""),
            ("DaySunElevation", "height of the sun", "deg"),
            ("SunPositionFront", "sun ahead", ""),
            ("SunPositionLeft", "sun to the left", ""),
            ("SunPositionRight", "sun to the right", ""),
            ("SunPositionBehind", "sun behind", ""),
            ("LowLightNight", "night", ""),
            ("LowLightAmbient", "dusk or dim light", ""),
            ("IlluminationCloudiness", "clouds", "okta"),
            ("ArtificialStreetLighting", "street lights", ""),
            ("ArtificialVehicleLighting", "oncoming headlights", ""),
        ],
    },
    Group {
        title: "Connections",
        entries: &[
            ("CommunicationV2v", "vehicle to vehicle", ""),
            ("CommunicationV2i", "vehicle to road", ""),
            ("PositioningGps", "GPS", ""),
            ("PositioningGalileo", "Galileo", ""),
            ("PositioningGlonass", "GLONASS", ""),
        ],
    },
    Group {
        title: "Zones",
        entries: &[
            ("ZoneSchool", "school zone", ""),
            ("ZoneTrafficManagement", "managed traffic", ""),
            ("ZoneGeoFenced", "fenced area", ""),
            ("ZoneRegion", "region or state", ""),
            ("ZoneInterference", "radio interference", ""),
        ],
    },
    Group {
        title: "Kind of road",
        entries: &[
            ("RoadTypeMotorway", "motorway", ""),
            ("MotorwayManaged", "smart motorway", ""),
            ("RoadTypeRadial", "radial road", ""),
            ("RoadTypeDistributor", "distributor road", ""),
            ("RoadTypeMinor", "minor road", ""),
            ("RoadTypeSlip", "slip road", ""),
            ("RoadTypeParking", "car park", ""),
            ("RoadTypeShared", "shared space", ""),
        ],
    },
    Group {
        title: "Shape of the road",
        entries: &[
            ("HorizontalStraights", "straight", ""),
            ("HorizontalCurves", "curve", "m radius"),
            ("TransverseDivided", "divided", ""),
            ("TransverseUndivided", "undivided", ""),
            ("TransversePavements", "pavements", ""),
            ("TransverseBarriers", "barriers", ""),
            ("LongitudinalUpSlope", "uphill", "%"),
            ("LongitudinalDownSlope", "downhill", "%"),
            ("LongitudinalLevelPlane", "level", ""),
        ],
    },
    Group {
        title: "Lanes",
        entries: &[
            ("LaneSpecificationDimensions", "width of the lane", "m"),
            ("LaneSpecificationLaneCount", "number of lanes", "lanes"),
            ("LaneSpecificationMarking", "lane markings", ""),
            ("LaneTypeBus", "bus lane", ""),
            ("LaneTypeCycle", "cycle lane", ""),
            ("LaneTypeTram", "tram lane", ""),
            ("LaneTypeEmergency", "emergency lane", ""),
            ("LaneTypeSpecial", "special lane", ""),
            ("TravelDirectionLeft", "driving on the left", ""),
            ("TravelDirectionRight", "driving on the right", ""),
        ],
    },
    Group {
        title: "Signs",
        entries: &[
            ("SignsInformation", "information signs", ""),
            ("SignsRegulatory", "regulatory signs", ""),
            ("SignsWarning", "warning signs", ""),
        ],
    },
    Group {
        title: "Edge of the road",
        entries: &[
            ("EdgeLineMarkers", "painted line", ""),
            ("EdgeShoulderPavedOrGravel", "paved or gravel shoulder", ""),
            ("EdgeShoulderGrass", "grass", ""),
            ("EdgeSolidBarriers", "curb, rail or cones", ""),
            ("EdgeTemporaryLineMarkers", "temporary line", ""),
            ("EdgeNone", "no edge", ""),
        ],
    },
    Group {
        title: "Surface",
        entries: &[
            ("SurfaceTypeUniform", "asphalt", ""),
            ("SurfaceTypeSegmented", "slabs or cobbles", ""),
            ("SurfaceTypeLoose", "gravel or earth", ""),
            ("SurfaceFeatureCrack", "cracks", ""),
            ("SurfaceFeaturePothole", "potholes", ""),
            ("SurfaceFeatureRut", "ruts", ""),
            ("SurfaceFeatureSwell", "bumps", ""),
            ("SurfaceConditionWet", "wet", ""),
            ("SurfaceConditionStandingWater", "standing water", ""),
            ("SurfaceConditionFlooded", "flooded", ""),
            ("SurfaceConditionIcy", "ice", ""),
            ("SurfaceConditionSnow", "snow on the road", ""),
            ("SurfaceConditionMirage", "mirage", ""),
            ("SurfaceConditionContamination", "dirt or oil", ""),
        ],
    },
    Group {
        title: "Junctions",
        entries: &[
            ("IntersectionTJunction", "T junction", ""),
            ("IntersectionYJunction", "Y junction", ""),
            ("IntersectionCrossroad", "crossroads", ""),
            ("IntersectionStaggered", "staggered junction", ""),
            ("IntersectionGradeSeperated", "bridged junction", ""),
            ("RoundaboutNormal", "roundabout", ""),
            ("RoundaboutCompact", "compact roundabout", ""),
            ("RoundaboutDouble", "double roundabout", ""),
            ("RoundaboutLarge", "large roundabout", ""),
            ("RoundaboutMini", "mini roundabout", ""),
        ],
    },
    Group {
        title: "Structures",
        entries: &[
            ("SpecialStructureTunnel", "tunnel", ""),
            ("SpecialStructureBridge", "bridge", ""),
            ("SpecialStructurePedestrianCrossing", "pedestrian crossing", ""),
            ("SpecialStructureRailCrossing", "rail crossing", ""),
            ("SpecialStructureTollPlaza", "toll plaza", ""),
            ("SpecialStructureAutoAccess", "barrier gate", ""),
            ("FixedStructureBuilding", "buildings", ""),
            ("FixedStructureStreetlight", "lamp posts", ""),
            ("FixedStructureStreetFurniture", "street furniture", ""),
            ("FixedStructureVegetation", "trees and bushes", ""),
            ("TemporaryStructureRoadWorks", "road works", ""),
            ("TemporaryStructureConstructionDetour", "detour", ""),
            ("TemporaryStructureRefuseCollection", "refuse collection", ""),
            ("TemporaryStructureRoadSignage", "temporary signs", ""),
        ],
    },
    Group {
        title: "Traffic",
        entries: &[
            ("TrafficAgentDensity", "density", "1/km"),
            ("TrafficVolume", "volume", "vehicles/h"),
            ("TrafficFlowRate", "flow", "vehicles/h"),
            ("TrafficAgentType", "unusual road users", ""),
            ("TrafficSpecialVehicle", "emergency vehicle", ""),
            ("SubjectVehicleSpeed", "own speed", "km/h"),
        ],
    },
];

/// The attribute of a tag that holds how much there is, in the unit of the group.
pub const VALUE: &str = "value";

/// What the standard calls the value of an attribute: `weatherRainValue`.
pub fn value_name(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).chain("Value".chars()).collect()
}

/// The tag type for an attribute of the domain.
pub fn kind_of(name: &str) -> String {
    format!("{MARK}{name}")
}

/// The attribute behind a tag type, if it is one of the domain.
pub fn name_of(kind: &str) -> Option<&str> {
    kind.strip_prefix(MARK)
}

/// Whether a tag of the domain says that it is there.
pub fn is_present(tag: &Tag) -> bool {
    tag.attributes.get(PRESENT) != Some(&Value::Flag(false))
}
