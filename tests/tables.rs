//! Tables and CAN logs as people have them: dialects of CSV, encodings, declared times, settings beside a file.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "helpers of tests; values are exact"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, DurationMillisecondArray,
    Float16Array, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use hardcase::base::time::Time;
use hardcase::clips::{Clip, open};
use hardcase::data::clip::ChannelKind;
use parquet::arrow::ArrowWriter;

fn opened(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Arc<dyn Clip>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let clip = open(&path).unwrap_or_else(|err| panic!("{}: {err}", String::from_utf8_lossy(bytes)));
    (folder, clip)
}

/// Times in nanoseconds and values of a signal.
fn signal(clip: &dyn Clip, name: &str) -> (Vec<i64>, Vec<f64>) {
    let info = clip.info();
    let id = info.channel_named(name).unwrap_or_else(|| panic!("no {name}: {info:#?}"));
    (clip.times(id).iter().map(|time| time.0).collect(), clip.values(id).to_vec())
}

fn warned(clip: &dyn Clip, part: &str) {
    let warnings = clip.info().warnings.clone();
    assert!(warnings.iter().any(|warning| warning.contains(part)), "{part:?} is not in {warnings:?}");
}

/// 2026-03-01 12:00:00 UTC.
const NOON: i64 = 1_772_366_400_000_000_000;
const SECOND: i64 = 1_000_000_000;

#[test]
fn every_dialect_of_csv_gives_the_same_signal() {
    let check = |text: &str, start: i64| {
        let (_folder, clip) = opened("drive.csv", text.as_bytes());
        let info = clip.info();
        let name = info.channels.iter().find(|c| c.name.starts_with("speed")).unwrap().name.clone();
        let (times, values) = signal(&*clip, &name);
        assert_eq!(values, [10.5, 11.5, 1012.5], "{text}");
        assert_eq!(times, [start, start + SECOND, start + 2 * SECOND], "{text}");
    };
    check("time,speed\n0,10.5\n1,11.5\n2,1012.5\n", 0);
    check("\u{feff}time;speed\r\n0,0;10,5\r\n1,0;11,5\r\n2,0;1.012,5\r\n", 0);
    check("Zeit [s]\tspeed [km/h]\n0\t10,5\n1\t11,5\n2\t1 012,5\n", 0);
    check("Time (ms)|speed\n0|10.5\n1000|11.5\n2000|1012.5\n", 0);
    check("time_us speed\n0 10.5\n1000000 11.5\n2000000 1012.5\n", 0);
    check("time,speed\nms,km/h\n0,10.5\n1000,11.5\n2000,\"1,012.5\"\n", 0);
    check("# logger 3.1\n// paused\ntime,speed,note\n0,10.5,a\n1,11.5,b\n2,1012.5,c\n", 0);
    check("% time,speed\n0,10.5\n1,11.5\n2,1012.5\n", 0);
    check("timestamp_ns,speed,\n0,10.5,\n1000000000,11.5,\n2000000000,1012.5,\n", 0);
    check("speed,t_ms\n1012.5,2000\n10.5,0\n11.5,1000\n", 0);
    check("timestamp,speed\n1772366400,10.5\n1772366401,11.5\n1772366402,1012.5\n", NOON);
    check("timestamp,speed\n1772366400000,10.5\n1772366401000,11.5\n1772366402000,1012.5\n", NOON);
    check("timestamp,speed\n1772366400000000,10.5\n1772366401000000,11.5\n1772366402000000,1012.5\n", NOON);
    check("timestamp,speed\n1.772366400e9,10.5\n1.772366401e9,11.5\n1.772366402e9,1012.5\n", NOON);
    check(
        "utc,speed\n2026-03-01T12:00:00Z,10.5\n2026-03-01T13:00:01+01:00,11.5\n2026-03-01T12:00:02,1012.5\n",
        NOON,
    );
    check(
        "Datum;Uhrzeit;speed\n01.03.2026;12:00:00;10,5\n01.03.2026;12:00:01;11,5\n01.03.2026;12:00:02,000;1012,5\n",
        NOON,
    );
    check(
        "date,time,speed\n2026-03-01,12:00:00.0,10.5\n2026-03-01,12:00:01.0,11.5\n2026-03-01,12:00:02.0,1012.5\n",
        NOON,
    );
    check(
        "when,speed\n2026/03/01 12:00:00,10.5\n2026/03/01 12:00:01,11.5\n2026/03/01 12:00:02,1012.5\n",
        NOON,
    );
    check("time,speed\n12:00:00,10.5\n12:00:01,11.5\n12:00:02,1012.5\n", 12 * 3600 * SECOND);
    check("secs,nsecs,speed\n1772366400,0,10.5\n1772366401,0,11.5\n1772366402,0,1012.5\n", NOON);
}

#[test]
fn encodings_of_tables_are_found() {
    let check = |bytes: &[u8], name: &str, guessed: bool| {
        let (_folder, clip) = opened("drive.csv", bytes);
        assert_eq!(signal(&*clip, name), (vec![0, SECOND], vec![1.5, 2.5]));
        assert_eq!(
            clip.info().warnings.iter().any(|w| w.contains("not UTF-8")),
            guessed,
            "{:?}",
            clip.info().warnings
        );
    };
    let wide = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let text = "time,speed\n0,1.5\n1,2.5\n";
    for big in [false, true] {
        check(&wide(text, big), "speed", false);
        check(&wide(&format!("\u{feff}{text}"), big), "speed", false);
    }
    let body = b"\n0,1.5\n1,2.5\n";
    check(&[b"time,Temp [\xb0C]".as_slice(), body].concat(), "Temp [\u{b0}C]", true);
    // GBK and Shift_JIS for "speed".
    check(&[b"\xca\xb1\xbc\xe4,\xcb\xd9\xb6\xc8".as_slice(), body].concat(), "\u{901f}\u{5ea6}", true);
    check(&[b"\x8e\x9e\x8d\x8f,\x91\xac\x93\x78".as_slice(), body].concat(), "\u{901f}\u{5ea6}", true);
}

#[test]
fn cells_without_a_number_are_gaps_and_counted() {
    let text = "time,speed,braking,word\n0,1.5,true,x\n1,NaN,false,-\n2,-,TRUE,y\n3,inf,,z\n4,bad,false,NA\n,9,true,q\n5,,false,w\n";
    let (_folder, clip) = opened("drive.csv", text.as_bytes());
    let (times, values) = signal(&*clip, "speed");
    assert_eq!(times, [0, 1, 2, 3, 4, 5].map(|n| n * SECOND));
    assert!(values[0] == 1.5 && values[3] == f64::INFINITY, "{values:?}");
    assert!([1, 2, 4, 5].iter().all(|at| values[*at].is_nan()), "{values:?}");
    assert_eq!(signal(&*clip, "braking").1[..3], [1.0, 0.0, 1.0]);
    warned(&*clip, "1 row has no time and is left out, the first is line 7");
    warned(&*clip, "1 cell of column \"speed\" is no number");
    assert_eq!(clip.info().of_kind(ChannelKind::Log).count(), 1);
}

#[test]
fn doubtful_guesses_are_said_and_settings_change_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.csv");
    let check = |text: &str, doubt: &str, settings: &str, times: &[i64], values: &[f64]| {
        fs::write(&path, text).unwrap();
        drop(fs::remove_file(folder.path().join("drive.csv.toml")));
        warned(&*open(&path).unwrap(), doubt);
        fs::write(folder.path().join("drive.csv.toml"), settings).unwrap();
        let clip = open(&path).unwrap();
        assert!(clip.info().warnings.is_empty(), "{settings}: {:?}", clip.info().warnings);
        let id = clip.info().of_kind(ChannelKind::Signal).next().unwrap().0;
        assert_eq!(clip.values(id).to_vec(), values, "{settings}");
        assert_eq!(clip.times(id).iter().map(|time| time.0).collect::<Vec<_>>(), times, "{settings}");
    };
    check(
        "time,a\n0,1\n100,2\n200,3\n",
        "set unit in drive.csv.toml",
        "unit = \"ms\"",
        &[0, SECOND / 10, SECOND / 5],
        &[1.0, 2.0, 3.0],
    );
    check("clock,a\n0,1\n1,2\n", "no timestamps", "time = \"clock\"", &[0, SECOND], &[1.0, 2.0]);
    check("time;a\n0;1,234\n1;2,345\n", "set decimal", "decimal = \",\"", &[0, SECOND], &[1.234, 2.345]);
    check("time;a\n0;1,234\n1;2,345\n", "set decimal", "decimal = \".\"", &[0, SECOND], &[1234.0, 2345.0]);
    check(
        "time,a\n03/01/2026 12:00,1\n04/01/2026 12:00,2\n",
        "day first",
        "dates = \"month first\"",
        &[NOON, NOON + 31 * 86_400 * SECOND],
        &[1.0, 2.0],
    );
    check("0,1\n1,2\n", "no line with names", "header = 0\ntime = \"column 1\"", &[0, SECOND], &[1.0, 2.0]);
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.csv");
    fs::write(&path, "time,a\n0,1\n").unwrap();
    let check = |settings: &str, part: &str| {
        fs::write(folder.path().join("drive.csv.toml"), settings).unwrap();
        let problem = open(&path).err().unwrap().to_string();
        assert!(problem.contains(part) && problem.contains("drive.csv"), "{problem}");
    };
    check("seperator = \";\"", "seperator");
    check("unit = \"fortnight\"", "fortnight");
    check("time = \"clock\"", "the columns are time, a");
    check("decimal = \"x\"", "decimal is");
    check("encoding = \"klingon\"", "klingon");
    check("header = 9", "line 9");
}

#[test]
fn json_lines_take_numbers_that_json_has_not() {
    let text = "{\"timestamp\": \"2026-03-01T12:00:00Z\", \"speed\": 1.0, \"id\": \"a\"}\n\
                {\"timestamp\": \"2026-03-01T12:00:01Z\", \"speed\": NaN, \"id\": \"b, NaN\", \"tags\": [1]}\n\
                {\"timestamp\": \"2026-03-01T12:00:02Z\", \"speed\": -Infinity, \"id\": \"c\"}\n";
    let (_folder, clip) = opened("drive.jsonl", text.as_bytes());
    let (times, values) = signal(&*clip, "speed");
    assert_eq!(times, [NOON, NOON + SECOND, NOON + 2 * SECOND]);
    assert!(values[0] == 1.0 && values[1].is_nan() && values[2] == f64::NEG_INFINITY, "{values:?}");
    let ids: Vec<String> = clip.logs().iter().map(|entry| entry.line.text.clone()).collect();
    assert_eq!(ids, ["a", "b, NaN", "c"]);
    warned(&*clip, "lists or objects are not displayed: tags");
}

/// A Parquet file with two row groups of these columns.
fn parquet(columns: Vec<(&str, ArrayRef)>) -> (tempfile::TempDir, Arc<dyn Clip>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.parquet");
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.flush().unwrap();
    writer.write(&batch.slice(0, 0)).unwrap();
    writer.close().unwrap();
    let clip = open(&path).unwrap();
    (folder, clip)
}

#[test]
fn declared_times_of_parquet_are_obeyed() {
    let speed: ArrayRef = Arc::new(Float64Array::from(vec![10.5, 11.5, 12.5]));
    let check = |name: &str, times: ArrayRef, start: i64, step: i64| {
        let kind = times.data_type().to_string();
        let (_folder, clip) = parquet(vec![("speed", Arc::clone(&speed)), (name, times)]);
        assert!(clip.info().warnings.is_empty(), "{kind}: {:?}", clip.info().warnings);
        let (found, values) = signal(&*clip, "speed");
        assert_eq!(found, [start, start + step, start + 2 * step], "{kind}");
        assert_eq!(values, [10.5, 11.5, 12.5]);
    };
    let ms = 1_000_000;
    check("timestamp", Arc::new(TimestampSecondArray::from(vec![0, 1, 2])), 0, SECOND);
    check("timestamp", Arc::new(TimestampMillisecondArray::from(vec![0, 100, 200])), 0, 100 * ms);
    let noon = NOON / 1000;
    let local =
        TimestampMicrosecondArray::from(vec![noon, noon + 1, noon + 2]).with_timezone("Europe/Berlin");
    check("when", Arc::new(local), NOON, 1000);
    check(
        "__index_level_0__",
        Arc::new(TimestampNanosecondArray::from(vec![NOON, NOON + 1, NOON + 2])),
        NOON,
        1,
    );
    check("time", Arc::new(DurationMillisecondArray::from(vec![0, 100, 200])), 0, 100 * ms);
    check("time", Arc::new(Time64MicrosecondArray::from(vec![5, 6, 7])), 5000, 1000);
    check("t_us", Arc::new(Int64Array::from(vec![0, 100, 200])), 0, 100_000);
    let exact = Decimal128Array::from(vec![
        1_772_366_400_000_000_001,
        1_772_366_400_000_000_002,
        1_772_366_400_000_000_003,
    ]);
    check("timestamp", Arc::new(exact.with_precision_and_scale(19, 9).unwrap()), NOON + 1, 1);
    check(
        "time",
        Arc::new(StringArray::from(vec![
            "2026-03-01 12:00:00",
            "2026-03-01 12:00:01",
            "2026-03-01 12:00:02",
        ])),
        NOON,
        SECOND,
    );
    let (_folder, clip) = parquet(vec![
        ("date", Arc::new(Date32Array::from(vec![20_513, 20_513, 20_514]))),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![43_200_000_000, 43_200_000_001, 0]))),
        ("speed", speed),
    ]);
    assert_eq!(signal(&*clip, "speed").0, [NOON, NOON + 1000, NOON + 43_200 * SECOND]);
}

#[test]
fn values_of_parquet_keep_their_meaning() {
    let words: DictionaryArray<Int32Type> = vec![Some("a"), None, Some("a")].into_iter().collect();
    let coded = DictionaryArray::new(
        Int32Array::from(vec![Some(1), None, Some(0)]),
        Arc::new(Float64Array::from(vec![1.5, 2.5])),
    );
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None, None]);
    let (_folder, clip) = parquet(vec![
        ("timestamp", Arc::new(TimestampMicrosecondArray::from(vec![Some(0), None, Some(2)]))),
        (
            "decimal",
            Arc::new(Decimal128Array::from(vec![1050, 1150, -1]).with_precision_and_scale(8, 2).unwrap()),
        ),
        ("half", Arc::new(Float16Array::from(vec![half::f16::from_f32(0.5); 3]))),
        ("coded", Arc::new(coded)),
        ("word", Arc::new(words)),
        ("on", Arc::new(BooleanArray::from(vec![true, false, false]))),
        ("large", Arc::new(UInt64Array::from(vec![u64::MAX, 1, 2]))),
        ("list", Arc::new(lists)),
    ]);
    assert_eq!(
        signal(&*clip, "decimal"),
        (vec![0, 2000], vec![10.5, -0.01]),
        "a row without a time is left out"
    );
    warned(&*clip, "1 row has no time and is left out, the first is row 2");
    assert_eq!(signal(&*clip, "half").1, [0.5, 0.5]);
    assert_eq!(signal(&*clip, "coded").1, [2.5, 1.5]);
    assert_eq!(signal(&*clip, "on").1, [1.0, 0.0]);
    assert_eq!(signal(&*clip, "large").1, [u64::MAX as f64, 2.0]);
    let texts: Vec<String> = clip.logs().iter().map(|entry| entry.line.text.clone()).collect();
    assert_eq!(texts, ["a", "a"]);
    warned(&*clip, "not displayed: \"list\"");
}

/// A log with a description of message 800 beside it.
fn log(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dbc = "VERSION \"\"\n\nNS_ :\n\nBS_:\n\nBU_: ECU\n\nBO_ 800 Motor: 8 ECU\n SG_ speed : 0|16@1+ (0.1,0) [0|0] \"km/h\" ECU\n\n";
    fs::write(folder.path().join("car.dbc"), dbc).unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn text_logs_of_vector_obey_their_header() {
    let check = |text: &str, times: &[i64]| {
        let (_folder, path) = log("drive.asc", text);
        let clip = open(&path).unwrap();
        let (found, values) = signal(&*clip, "Motor.speed");
        assert_eq!(found, times, "{text}");
        assert!(
            values.iter().zip([26.6, 27.6, 28.6]).all(|(a, b)| (a - b).abs() < 1e-9),
            "{text}: {values:?}"
        );
    };
    let ms = 1_000_000;
    check(
        "date Thu Sep 2 09:37:49 am 2021\nbase dec  timestamps absolute\n 0.1 1 800 Rx d 8 10 1 0 0 75 0 170 0\n 0.2 1 800 Rx d 2 20 1\n \
         0.3 1 800 Tx d 2 30 1\n",
        &[100 * ms, 200 * ms, 300 * ms],
    );
    check(
        "base hex timestamps relative\n 0.0 Start of measurement\n 0.1 1 320 Rx d 2 0a 01\n 0.1 1 ErrorFrame\n 0.1 1 320 Rx r 2\n 0.1 1 320 \
         Rx d 2 14 01\n 0.1 CANFD 1 Rx 320 1 0 2 2 1e 01\n",
        &[100 * ms, 400 * ms, 500 * ms],
    );
    check(
        "base hex timestamps absolute\n -0.5 1 320 Rx d 2 0a 01\n -0.000250 1 320 Rx d 2 14 01\n 0.25 1 320 Rx d 2 1e 01\n",
        &[-500 * ms, -250_000, 250 * ms],
    );
    let (_folder, path) = log(
        "drive.asc",
        "base hex timestamps absolute\n 0.1 1 320 Rx d 2 0a 01\n 0.2 1 320 Rx d 2 0a xx\n 0.3 1 320 Rx r 8\n",
    );
    let clip = open(&path).unwrap();
    warned(&*clip, "1 line is not a CAN frame and was skipped, the first is line 3");
    assert!(clip.info().about.iter().any(|(_, text)| text == "1 remote frame"), "{:?}", clip.info().about);
}

#[test]
fn candump_is_read_from_the_screen_and_from_files() {
    let check = |text: &str, times: &[i64]| {
        let (_folder, path) = log("drive.log", text);
        let clip = open(&path).unwrap();
        let (found, values) = signal(&*clip, "Motor.speed");
        assert_eq!(found, times, "{text}");
        assert!(
            values.iter().zip([26.6, 27.6, 28.6]).all(|(a, b)| (a - b).abs() < 1e-9),
            "{text}: {values:?}"
        );
        clip.info()
    };
    let tenth = SECOND / 10;
    let three = [0, tenth, 2 * tenth];
    check(
        "(0.0) can0 320#0A010000\n(0.1) can0 320#14.01.00 R\n(0.2) can0 320##11E01\n(0.3) can0 320#R8\n(0.4) can0 20000004#00\n",
        &three,
    );
    check(
        " (000.000000)  can0  320   [2]  0A 01\n (000.100000)  can0  320   [2]  14 01\n (000.200000)  can0  320  [02]  1E 01\n",
        &three,
    );
    let relative = " (000.000000)  can0  320   [2]  0A 01\n (000.100000)  can0  320   [2]  14 01\n (000.100000)  can0  320   [2]  1E 01\n";
    let info = check(relative, &three);
    assert!(info.warnings.iter().any(|w| w.contains("candump -t d")), "{:?}", info.warnings);
    let noon = three.map(|time| NOON + time);
    check(
        " (2026-03-01 12:00:00.000000)  can0  320   [2]  0A 01\n (2026-03-01 12:00:00.100000)  can0  320   [2]  14 01\n \
         (2026-03-01 12:00:00.200000)  can0  320   [2]  1E 01   '..'\n",
        &noon,
    );
    check(
        " (1772366400.000000)  can0  RX - -  320   [2]  0A 01\n (1772366400.100000)  can0  TX B E  320   [2]  14 01\n \
         (1772366400.200000)  can0  320   [2]  00011110 00000001\n (1772366400.3)  can0  320   [0]  remote request\n",
        &noon,
    );
    let info = check(
        "  can0  320   [2]  0A 01\n  can0  320   [2]  14 01\n  can0  320   [2]  1E 01\n",
        &[0, tenth / 10, tenth / 5],
    );
    assert!(info.warnings.iter().any(|w| w.contains("no times")), "{:?}", info.warnings);
    let (folder, path) = log("drive.log", relative);
    fs::write(folder.path().join("drive.log.toml"), "times = \"absolute\"").unwrap();
    assert_eq!(signal(&*open(&path).unwrap(), "Motor.speed").0, [0, tenth, tenth]);
}

fn described(dbc: &str, frames: &str) -> Arc<dyn Clip> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("car.dbc"), dbc).unwrap();
    fs::write(folder.path().join("drive.log"), frames).unwrap();
    open(&folder.path().join("drive.log")).unwrap()
}

const HEAD: &str = "VERSION \"\"\n\nNS_ :\n\nBS_:\n\nBU_: ECU\n\n";

#[test]
fn j1939_messages_are_found_by_their_group() {
    let body = "BO_ 2364540158 EEC1: 8 ECU\n SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|0] \"rpm\" ECU\n\nBO_ 2565734142 TSC: 8 ECU\n SG_ Torque \
                : 0|8@1+ (1,0) [0|0] \"%\" ECU\n\n";
    let attributes = "BA_DEF_ BO_  \"VFrameFormat\" ENUM  \"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\nBA_DEF_DEF_  \
                      \"VFrameFormat\" \"J1939PG\";\n";
    // Another source and priority; another destination of a group below 240.
    let frames = "(1.0) can0 0CF00400#000000201C000000\n(1.1) can0 18F00400#000000401C000000\n(1.2) can0 18EE2100#07\n(1.3) can0 0CF00500#00\n";
    let clip = described(&format!("{HEAD}{}{attributes}", body.replace("2565734142", "2565799422")), frames);
    assert_eq!(signal(&*clip, "EEC1.EngineSpeed").1, [900.0, 904.0]);
    assert_eq!(signal(&*clip, "TSC.Torque").1, [7.0]);
    assert!(clip.info().channel_named("0xcf00500").is_some(), "another group is none of these");
    let two = "(1.0) can0 0CF00400#000000201C000000\n(1.1) can0 0CF00427#000000401C000000\n";
    let clip = described(&format!("{HEAD}{body}{attributes}"), two);
    assert_eq!(signal(&*clip, "EEC1@0x00.EngineSpeed").1, [900.0]);
    assert_eq!(signal(&*clip, "EEC1@0x27.EngineSpeed").1, [904.0]);
    // A message of plain CAN stands for its own id only.
    let plain = attributes.replace("\"VFrameFormat\" \"J1939PG\"", "\"VFrameFormat\" \"ExtendedCAN\"");
    assert!(described(&format!("{HEAD}{body}{plain}"), two).info().channel_named("0xcf00400").is_some());
}

#[test]
fn names_longer_than_32_characters_are_whole() {
    let (message, signal_name) =
        ("A_message_with_a_name_of_forty_characters", "A_signal_with_a_name_of_forty_characters_");
    let dbc = format!(
        "{HEAD}BO_ 291 A_message_with_a_name_of_fo_0000: 8 ECU\n SG_ A_signal_with_a_name_of_for_0000 : 0|32@1- (1,0) [0|0] \"\" ECU\n\n\
         BA_DEF_ SG_  \"SystemSignalLongSymbol\" STRING ;\nBA_DEF_ BO_  \"SystemMessageLongSymbol\" STRING ;\n\
         BA_ \"SystemMessageLongSymbol\" BO_ 291 \"{message}\";\nBA_ \"SystemSignalLongSymbol\" SG_ 291 A_signal_with_a_name_of_for_0000 \
         \"{signal_name}\";\nSIG_VALTYPE_ 291 A_signal_with_a_name_of_for_0000 : 1;\n"
    );
    let clip = described(&dbc, "(1.0) can0 123#0000C03F\n");
    assert_eq!(
        signal(&*clip, &format!("{message}.{signal_name}")).1,
        [1.5],
        "the type of the value is found by the short name"
    );
}

#[test]
fn a_description_with_an_unknown_statement_is_read_without_it() {
    let body = "BO_ 291 A: 8 ECU\n SG_ s : 0|8@1+ (1,0) [0|0] \"\u{b0}C\" ECU\n\nBO_ 217056256 B: 8 ECU\n SG_ t : 0|8@1+ (1,0) [0|0] \"\" ECU\n\n";
    let clip = described(
        &format!("{HEAD}{body}FANCY_ 1 2 3;\n"),
        "(1.0) can0 123#05\n(1.1) can0 0CF00400#06\n(1.2) can0 400#07\n",
    );
    assert_eq!(signal(&*clip, "A.s").1, [5.0]);
    assert_eq!(signal(&*clip, "B.t").1, [6.0], "29 bits without the mark of an extended id");
    let unit = clip.info().channels.iter().find(|c| c.name == "A.s").unwrap().encoding.clone();
    assert!(unit.ends_with("\u{b0}C"), "{unit}");
    warned(&*clip, "FANCY_ 1 2 3;");
    assert!(clip.info().channel_named("0x400").is_some());
}

#[test]
fn the_description_is_found_beside_a_bare_name() {
    let (folder, path) = log("drive.log", "(0.0) can0 320#0A01\n");
    let info = |name: &Path| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_hardcase"))
            .arg("info")
            .arg(name)
            .current_dir(folder.path())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(info(Path::new("drive.log")).contains("Motor.speed"));
    assert_eq!(info(Path::new("drive.log")), info(&path));
}

#[test]
fn a_table_of_labels_is_read_as_spreadsheets_save_it() {
    let folder = tempfile::tempdir().unwrap();
    let kind = hardcase::exchange::KINDS.iter().find(|kind| kind.id == "csv").unwrap();
    let plain = "what,clip,channel,frame,time_s,end_s,name,object,x0,y0,x1,y1,state,note,more\n\
                 label,a,cam,3,0.5,,car,1,10.5,20,30.25,40,,,\ntag,a,,,0.5,1.5,rain,,,,,,,# wet,\n";
    let german = plain.replace('.', "\u{1}").replace(',', ";").replace('\u{1}', ",");
    let wide: Vec<u8> =
        format!("\u{feff}{}", plain.replace(',', "\t")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [plain.as_bytes(), german.as_bytes(), &wide] {
        let path = folder.path().join("labels.csv");
        fs::write(&path, bytes).unwrap();
        assert!((kind.accepts)(&path), "{}", String::from_utf8_lossy(bytes));
        let read = (kind.read)(&path, &hardcase::exchange::Hints::default()).unwrap();
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
        let bounds = read.bundle.labels[0].shape.bounds().unwrap();
        assert_eq!([bounds.x0, bounds.y0, bounds.x1, bounds.y1], [10.5, 20.0, 30.25, 40.0]);
        assert_eq!(
            (read.bundle.tags[0].start, read.bundle.tags[0].note.as_str()),
            (Time(SECOND / 2), "# wet")
        );
    }
}
