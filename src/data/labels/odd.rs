//! The operational design domain in the terms of ASAM `OpenLABEL`'s scenario tags and ISO 34503.
//!
//! Attributes are present, absent or unknown. An attribute of the domain is a tag of the whole clip that
//! says `present` yes or no; without such a tag it is unknown, which is not the same as absent.

use crate::data::labels::label::Value;
use crate::data::labels::tag::Tag;

/// Prefix of tag types of the domain.
const MARK: &str = "ODD ";

/// The attribute of a tag that holds presence.
pub const PRESENT: &str = "present";

/// One group of attributes, in display order.
pub struct Group {
    /// Name on screen.
    pub title: &'static str,
    /// Attributes: the name in the standard, the name on screen, and the unit of the value or "".
    pub entries: &'static [(&'static str, &'static str, &'static str)],
}

/// Every attribute on offer. Others, from files, are preserved.
pub static GROUPS: &[Group] = &[
    Group {
        title: "Weather",
        entries: &[
            ("WeatherRain", "rain", "mm/h"),
            ("RainTypeDynamic", "frontal rain", ""),
            ("RainTypeConvective", "showers", ""),
            ("RainTypeOrographic", "orographic rain", ""),
            ("WeatherSnow", "snow", "km visibility"),
            ("WeatherWind", "wind", "m/s"),
        ],
    },
    Group {
        title: "Particulates",
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
        title: "Connectivity",
        entries: &[
            ("CommunicationV2v", "vehicle to vehicle", ""),
            ("V2vCellular", "vehicle to vehicle, cellular", ""),
            ("V2vSatellite", "vehicle to vehicle, satellite", ""),
            ("V2vWifi", "vehicle to vehicle, 802.11p", ""),
            ("CommunicationV2i", "vehicle to road", ""),
            ("V2iCellular", "vehicle to road, cellular", ""),
            ("V2iSatellite", "vehicle to road, satellite", ""),
            ("V2iWifi", "vehicle to road, 802.11p", ""),
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
        title: "Road type",
        entries: &[
            ("RoadTypeMotorway", "motorway", ""),
            ("MotorwayManaged", "smart motorway", ""),
            ("MotorwayUnmanaged", "motorway, not managed", ""),
            ("RoadTypeRadial", "radial road", ""),
            ("RoadTypeDistributor", "distributor road", ""),
            ("RoadTypeMinor", "minor road", ""),
            ("RoadTypeSlip", "slip road", ""),
            ("RoadTypeParking", "car park", ""),
            ("RoadTypeShared", "shared space", ""),
        ],
    },
    Group {
        title: "Road geometry",
        entries: &[
            ("HorizontalStraights", "straight", ""),
            ("HorizontalCurves", "curve", "m radius"),
            ("TransverseDivided", "divided", ""),
            ("TransverseUndivided", "undivided", ""),
            ("TransversePavements", "sidewalks", ""),
            ("TransverseLanesTogether", "lanes of several types", ""),
            ("TransverseBarriers", "barriers", ""),
            ("LongitudinalUpSlope", "uphill", "%"),
            ("LongitudinalDownSlope", "downhill", "%"),
            ("LongitudinalLevelPlane", "level", ""),
        ],
    },
    Group {
        title: "Lanes",
        entries: &[
            ("LaneSpecificationDimensions", "lane width", "m"),
            ("LaneSpecificationLaneCount", "number of lanes", "lanes"),
            ("LaneSpecificationMarking", "lane markings", ""),
            ("LaneTypeTraffic", "traffic lane", ""),
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
            ("InformationSignsUniformFullTime", "information, uniform, lasting", ""),
            ("InformationSignsUniformTemporary", "information, uniform, temporary", ""),
            ("InformationSignsVariableFullTime", "information, variable, lasting", ""),
            ("InformationSignsVariableTemporary", "information, variable, temporary", ""),
            ("SignsRegulatory", "regulatory signs", ""),
            ("RegulatorySignsUniformFullTime", "regulatory, uniform, lasting", ""),
            ("RegulatorySignsUniformTemporary", "regulatory, uniform, temporary", ""),
            ("RegulatorySignsVariableFullTime", "regulatory, variable, lasting", ""),
            ("RegulatorySignsVariableTemporary", "regulatory, variable, temporary", ""),
            ("SignsWarning", "warning signs", ""),
            ("WarningSignsUniformFullTime", "warning, uniform, lasting", ""),
            ("WarningSignsUniformTemporary", "warning, uniform, temporary", ""),
            ("WarningSignsVariableFullTime", "warning, variable, lasting", ""),
            ("WarningSignsVariableTemporary", "warning, variable, temporary", ""),
        ],
    },
    Group {
        title: "Road edge",
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
            ("RoundaboutNormalSignal", "roundabout, lights", ""),
            ("RoundaboutNormalNosignal", "roundabout, no lights", ""),
            ("RoundaboutCompact", "compact roundabout", ""),
            ("RoundaboutCompactSignal", "compact roundabout, lights", ""),
            ("RoundaboutCompactNosignal", "compact roundabout, no lights", ""),
            ("RoundaboutDouble", "double roundabout", ""),
            ("RoundaboutDoubleSignal", "double roundabout, lights", ""),
            ("RoundaboutDoubleNosignal", "double roundabout, no lights", ""),
            ("RoundaboutLarge", "large roundabout", ""),
            ("RoundaboutLargeSignal", "large roundabout, lights", ""),
            ("RoundaboutLargeNosignal", "large roundabout, no lights", ""),
            ("RoundaboutMini", "mini roundabout", ""),
            ("RoundaboutMiniSignal", "mini roundabout, lights", ""),
            ("RoundaboutMiniNosignal", "mini roundabout, no lights", ""),
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
            ("SubjectVehicleSpeed", "ego speed", "km/h"),
        ],
    },
    Group {
        title: "Road users",
        entries: &[
            ("RoadUserAnimal", "animals", ""),
            ("RoadUserHuman", "people", ""),
            ("HumanPedestrian", "pedestrians", ""),
            ("HumanCyclist", "cyclists", ""),
            ("HumanMotorcyclist", "motorcyclists", ""),
            ("HumanWheelchairUser", "wheelchair users", ""),
            ("HumanAnimalRider", "riders of animals", ""),
            ("HumanDriver", "drivers", ""),
            ("HumanPassenger", "passengers", ""),
            ("RoadUserVehicle", "vehicles", ""),
            ("VehicleCar", "cars", ""),
            ("VehicleVan", "vans", ""),
            ("VehicleTruck", "trucks", ""),
            ("VehicleTrailer", "trailers", ""),
            ("VehicleBus", "buses", ""),
            ("VehicleMotorcycle", "motorcycles", ""),
            ("VehicleCycle", "cycles", ""),
            ("VehicleWheelchair", "wheelchairs", ""),
            ("VehicleEmergency", "ambulance, fire engine, police", ""),
            ("VehicleConstruction", "construction vehicles", ""),
            ("VehicleAgricultural", "farm vehicles", ""),
        ],
    },
    Group {
        title: "Motion",
        entries: &[
            ("MotionDrive", "drives", ""),
            ("MotionStop", "stops", ""),
            ("MotionAccelerate", "accelerates", ""),
            ("MotionDecelerate", "brakes", ""),
            ("MotionReverse", "reverses", ""),
            ("MotionTurn", "turns", ""),
            ("MotionTurnLeft", "turns left", ""),
            ("MotionTurnRight", "turns right", ""),
            ("MotionUTurn", "turns around", ""),
            ("MotionLaneChangeLeft", "changes lane to the left", ""),
            ("MotionLaneChangeRight", "changes lane to the right", ""),
            ("MotionCutIn", "cuts in", ""),
            ("MotionCutOut", "cuts out", ""),
            ("MotionOvertake", "overtakes", ""),
            ("MotionCross", "crosses the path", ""),
            ("MotionTowards", "approaches", ""),
            ("MotionAway", "moves away", ""),
            ("MotionWalk", "walks", ""),
            ("MotionRun", "runs", ""),
            ("MotionSlide", "slides", ""),
        ],
    },
    Group {
        title: "Signals",
        entries: &[
            ("CommunicationSignalLeft", "indicates left", ""),
            ("CommunicationSignalRight", "indicates right", ""),
            ("CommunicationSignalSlowing", "brake lights", ""),
            ("CommunicationSignalHazard", "hazard lights", ""),
            ("CommunicationSignalEmergency", "blue lights", ""),
            ("CommunicationHeadlightFlash", "flashes headlights", ""),
            ("CommunicationHorn", "sounds the horn", ""),
            ("CommunicationWave", "waves", ""),
        ],
    },
];

/// The attribute of a tag that holds the quantity, in the unit of the group.
pub const VALUE: &str = "value";

/// Name in the standard of an attribute's value: `weatherRainValue`.
pub fn value_name(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).chain("Value".chars()).collect()
}

/// The tag type for an attribute of the domain.
pub fn kind_of(name: &str) -> String {
    format!("{MARK}{name}")
}

/// The attribute of a tag type, if it is one of the domain.
pub fn name_of(kind: &str) -> Option<&str> {
    kind.strip_prefix(MARK)
}

/// True if a tag of the domain says that the attribute is present.
pub fn is_present(tag: &Tag) -> bool {
    tag.attributes.get(PRESENT) != Some(&Value::Flag(false))
}

/// Name of a tag type on screen: of an attribute of the domain its title.
pub fn title(kind: &str) -> &str {
    let Some(name) = name_of(kind) else { return kind };
    let mut entries = GROUPS.iter().flat_map(|group| group.entries);
    entries.find(|(own, ..)| *own == name).map_or(name, |(_, title, _)| title)
}
