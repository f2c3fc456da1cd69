//! Words that mean the same, so that a command is found by whichever of them somebody knows.

/// Groups of words of one meaning, in lower case; a word may be in several.
static SAME: &[&[&str]] = &[
    &["saliency", "heatmap", "explain", "attention", "attribution", "grad-cam"],
    &["compare", "diff", "difference", "versus", "vs", "side by side", "swipe", "a/b"],
    &["mirror", "flip", "horizontal"],
    &["labels", "annotations", "ground truth", "label"],
    &["known failure", "xfail", "expected failure", "suites", "test case"],
    &["export", "save", "write", "download"],
    &["import", "load", "read", "open"],
    &["theme", "light", "dark", "colors", "appearance", "night mode"],
    &["operator", "in-car", "driver", "seat", "full screen"],
    &["larger", "zoom in", "ui scale", "bigger", "font size"],
    &["smaller", "zoom out", "ui scale", "font size"],
    &["normal size", "reset zoom", "100 %", "ui scale"],
    &["settings", "preferences", "options", "configuration"],
    &["keys", "shortcuts", "hotkeys", "keyboard", "help", "cheat sheet"],
    &["search", "find", "palette", "commands"],
    &["notifications", "messages", "errors", "log"],
    &["undo", "revert", "take back"],
    &["redo", "repeat"],
    &["delete", "remove", "erase"],
    &["close", "exit", "quit", "leave"],
    &["box", "bounding box", "rectangle", "bbox", "draw a box"],
    &["polygon", "outline", "segmentation", "mask"],
    &["polyline", "line", "lane"],
    &["keypoints", "points", "landmarks", "pose", "skeleton"],
    &["cuboid", "3d box"],
    &["propagate", "copy", "track", "interpolate"],
    &["tag", "event", "bookmark", "marker", "interval"],
    &["evaluate", "measure", "metrics", "accuracy", "precision", "recall", "map", "score"],
    &["confusion", "matrix", "mistakes", "errors"],
    &["embedding", "umap", "pca", "clusters", "map"],
    &["curves", "roc", "calibration", "reliability", "pr curve"],
    &["sweep", "grid search", "fuzz", "stress", "robustness"],
    &["search", "coverage", "fuzzing", "deepxplore", "deeptest"],
    &["tipping point", "threshold", "breaking point", "boundary"],
    &["minimize", "shrink", "reduce", "simplify"],
    &["random", "surprise", "chance"],
    &["test case", "regression", "case", "keep", "bookmark"],
    &["suite", "tests", "regression", "ci"],
    &["plot", "graph", "chart", "curve", "signal", "oscilloscope"],
    &["message", "raw", "inspect", "echo", "fields"],
    &["topics", "channels", "schema", "rate", "frequency", "hz"],
    &["layout", "arrangement", "perspective", "workspace", "tiles"],
    &["state", "lane", "exclusive", "condition"],
    &["play", "pause", "start", "stop"],
    &["faster", "speed", "slower", "rate"],
    &["backend", "runtime", "onnxruntime", "onnx", "provider", "gpu"],
    &["model", "network", "onnx", "weights"],
    &["predictions", "detections", "inference", "results", "answers"],
    &["agreement", "kappa", "annotators", "inter-annotator"],
    &["ontology", "classes", "taxonomy", "schema"],
    &["odd", "operational design domain", "domain", "conditions"],
    &["brightness", "exposure", "dark", "light", "night"],
    &["rotate", "rotation", "turn", "tilt"],
    &["blur", "defocus", "out of focus", "unsharp"],
    &["noise", "grain", "gaussian"],
    &["fog", "haze", "mist", "weather"],
    &["rain", "weather", "wet", "drops"],
    &["snow", "weather", "winter"],
    &["translate", "shift", "move"],
    &["scale", "resize", "zoom"],
    &["jpeg", "compression", "artifacts"],
    &["saturation", "color", "hue"],
    &["contrast", "gain"],
    &["sticker", "overlay", "patch", "occlusion", "stamp"],
    &["attack", "attacks", "adversarial", "robustness", "fgsm", "pgd"],
    &["speak", "voice", "say", "sound", "audio"],
    &["formulas", "spreadsheet", "excel", "csv"],
    &["table", "list", "objects"],
    &["text", "nlp", "language", "checklist", "sentences", "behavioral", "sentiment"],
    &["fairness", "bias", "groups", "parity", "equalized odds", "discrimination", "threshold"],
    &["model card", "datasheet", "documentation", "biases", "statements"],
];

/// Other words for one that somebody typed, whole or its beginning from the fourth letter on.
pub(super) fn others(word: &str) -> impl Iterator<Item = &'static str> {
    let meant = move |known: &&str| **known == *word || word.chars().count() >= 4 && known.starts_with(word);
    let groups = SAME.iter().filter(move |group| group.iter().any(meant));
    groups.flat_map(|group| group.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lower_case_and_in_a_group_once() {
        for group in SAME {
            for (i, word) in group.iter().enumerate() {
                assert_eq!(*word, word.to_lowercase());
                assert!(!group[i + 1..].contains(word), "{word}");
            }
        }
    }

    #[test]
    fn the_beginning_of_a_word_is_enough() {
        assert!(others("heatm").any(|word| word == "saliency"));
        assert_eq!(others("hea").count(), 0);
    }
}
