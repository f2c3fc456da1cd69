//! Recordings by address: how little is read of them, what happens when servers fail, and that nothing wrong is ever shown.
#![cfg(feature = "cloud")]

mod common;
#[path = "common/scene.rs"]
mod scene;

use std::fs;
use std::time::Duration;

use common::{Mounted, sample};
use scene::bucket::{Seen, Troubles, traffic};
use scene::{Scene, drive, noise, shown, text};

fn ranges(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|one| one.headers.get("range").cloned().unwrap_or_default()).collect()
}

#[test]
fn a_frame_costs_two_requests() {
    let scene = Scene::new();
    for url in [scene.url(), "s3://b/drive.mcap".to_owned()] {
        for more in [
            &["--index", "0"][..],
            &["--index", "41"],
            &["--time", "4.02"],
            &["--time", "0.01"],
            &["--time", "99"],
        ] {
            for channel in ["/front", "/rear"] {
                scene.forget_cache();
                let more = [more, &["--channel", channel]].concat();
                let expected = scene.frame(text(&scene.local), &more);
                scene.bucket.seen();
                assert_eq!(scene.frame(&url, &more), expected, "{url} {more:?}");
                let seen = scene.bucket.seen();
                let (requests, bytes) = traffic(&seen);
                // The last bytes, the chunk, and the chunk of the beginning where that is another one.
                assert!(requests <= 4, "{more:?}: {requests} requests: {:?}", ranges(&seen));
                assert!(bytes < 512 * 1024 + 1_500_000, "{more:?}: {bytes} bytes");
            }
        }
    }
    // A second time nothing but the identity is asked for.
    let (index, url) = (["--index", "41"], scene.url());
    scene.frame(&url, &index);
    scene.bucket.seen();
    scene.frame(&url, &index);
    assert_eq!(scene.bucket.seen().len(), 1);
    let missing =
        scene.ends(&["frame", &url, "--index", "60", "-o", text(&scene.place.path().join("x.png"))], 3);
    assert!(missing.contains("no sample 60"), "{missing}");
}

#[test]
fn everything_else_is_as_with_a_local_file() {
    let scene = Scene::new();
    let local = text(&scene.local).to_owned();
    let url = scene.url();
    let info = |place: &str| scene.ends(&["info", place, "--json", "--all"], 0);
    // Some things are not said without an argument that only addresses have.
    let plain = scene.ends(&["info", &local, "--json"], 0);
    assert_eq!(info(&url), plain);
    let by_parts = scene.ends(&["info", &url], 0);
    assert!(by_parts.contains("/front") && by_parts.contains("add --all"), "{by_parts}");
    assert!(by_parts.contains("drive.vehicle: seven"), "{by_parts}");
    let model = sample("traffic_lights/models/traffic_light_state.onnx");
    // What is said beside it has times.
    let predicted = |place: &str| scene.run(&["predict", place, "--model", text(&model)]).stdout;
    let expected = predicted(&local);
    assert!(expected.len() > 10_000 && predicted(&url) == expected);
    let cut = |place: &str| {
        let output = scene.place.path().join("cut.mcap");
        scene.ends(&["cut", place, "--from", "1", "--to", "2", "-o", text(&output)], 0);
        fs::read(output).unwrap()
    };
    assert!(cut(&url) == cut(&local));
    let mined = |place: &str| {
        let output = scene.place.path().join("found.jsonl");
        scene.ends(&["mine", place, "--fresh", "-o", text(&output)], 0);
        fs::read_to_string(output).unwrap()
    };
    assert_eq!(mined(&url), mined(&local));
    let swept = |place: &str| {
        let output = scene.place.path().join("rows.csv");
        let args =
            ["sweep", place, "--model", text(&model), "--stack", "brightness:-50..50", "--every", "30"];
        scene.ends(&[&args[..], &["-o", text(&output)]].concat(), 0);
        fs::read_to_string(output).unwrap()
    };
    assert_eq!(swept(&url), swept(&local));
}

#[test]
fn servers_that_fail_now_and_then_are_asked_again() {
    let scene = Scene::new();
    let expected = scene.frame(text(&scene.local), &["--index", "20"]);
    let url = scene.url();
    for trouble in [
        Troubles { failing: 2, status: 503, ..Troubles::default() },
        Troubles { failing: 1, status: 429, ..Troubles::default() },
        Troubles { cut: 2, ..Troubles::default() },
        Troubles { delay: Duration::from_millis(20), no_conditions: true, ..Troubles::default() },
        Troubles { no_validators: true, ..Troubles::default() },
        Troubles { no_ranges: true, ..Troubles::default() },
    ] {
        scene.forget_cache();
        scene.bucket.trouble(trouble.clone());
        assert_eq!(scene.frame(&url, &["--index", "20"]), expected, "{trouble:?}");
    }
    // Without ranges all of it comes once.
    let (_, bytes) = traffic(&scene.bucket.seen());
    assert!(bytes > scene.size, "{bytes}");
}

#[test]
fn objects_that_change_are_an_error() {
    let scene = Scene::new();
    let url = scene.url();
    for no_conditions in [false, true] {
        scene.forget_cache();
        scene.bucket.seen();
        scene.bucket.trouble(Troubles { exchange_after: Some(1), no_conditions, ..Troubles::default() });
        let output = scene.place.path().join("frame.png");
        let told = scene.ends(&["frame", &url, "--index", "20", "-o", text(&output)], 3);
        assert!(told.contains("was changed while it was read"), "{told}");
        assert!(!output.exists());
    }
    // The new object is another one in the cache.
    scene.bucket.trouble(Troubles::default());
    scene.frame(&url, &["--index", "20"]);
    scene.bucket.put("/b/drive.mcap", drive(true));
    scene.bucket.seen();
    scene.frame(&url, &["--index", "20"]);
    assert!(scene.bucket.seen().len() > 1);
}

#[test]
fn a_damaged_cache_is_fetched_again() {
    let scene = Scene::new();
    let url = scene.url();
    let expected = scene.frame(&url, &["--index", "20"]);
    let cache = scene.place.path().join("cache/objects");
    let mut damaged = 0;
    for folder in fs::read_dir(cache).unwrap().flatten() {
        for file in fs::read_dir(folder.path()).unwrap().flatten() {
            let mut bytes = fs::read(file.path()).unwrap();
            // The content, but not the checksums behind it.
            let content = scene.size.min(bytes.len());
            bytes[..content].iter_mut().filter(|byte| **byte != 0).for_each(|byte| *byte ^= 1);
            fs::write(file.path(), bytes).unwrap();
            damaged += 1;
        }
    }
    assert_eq!(damaged, 1);
    scene.bucket.seen();
    assert_eq!(scene.frame(&url, &["--index", "20"]), expected);
    assert!(scene.bucket.seen().len() > 1, "what is damaged is not read");
}

#[test]
fn what_is_wrong_is_said() {
    let scene = Scene::new();
    let check = |url: &str, trouble: Troubles, expected: &str| {
        scene.bucket.trouble(trouble);
        let output = scene.run(&["info", url]);
        let told = shown(&output);
        // What can never become right is a bad argument.
        let wrong = ["names no bucket", "this is a folder"].iter().any(|text| told.contains(text));
        assert_eq!(output.status.code(), Some(if wrong { 2 } else { 3 }), "{url}: {told}");
        assert!(told.contains(expected), "{url}: {told}");
        assert!(!told.contains("hunter2"), "{told}");
        scene.bucket.trouble(Troubles::default());
    };
    let failing = |status: u16, code: &str| Troubles {
        failing: 99,
        status,
        body: format!("<Error><Code>{code}</Code><Region>eu-north-1</Region></Error>"),
        ..Troubles::default()
    };
    let (s3, web) = ("s3://b/drive.mcap", scene.url());
    check("s3://b/none.mcap", Troubles::default(), "there is no such object (NoSuchKey)");
    check(s3, failing(403, "InvalidAccessKeyId"), "access was refused (InvalidAccessKeyId)");
    check(s3, failing(403, "SignatureDoesNotMatch"), "access was refused (SignatureDoesNotMatch)");
    check(s3, failing(403, "RequestTimeTooSkewed"), "the clock of this machine differs");
    check(s3, failing(400, "ExpiredToken"), "have expired");
    check(s3, failing(400, "AuthorizationHeaderMalformed"), "set AWS_REGION=eu-north-1");
    let region = vec![("x-amz-bucket-region".to_owned(), "ap-south-1".to_owned())];
    check(s3, Troubles { headers: region, ..failing(301, "PermanentRedirect") }, "set AWS_REGION=ap-south-1");
    let signed = format!("{web}?X-Amz-Signature=hunter2");
    check(&signed, failing(403, "AccessDenied"), "access was refused (AccessDenied)");
    check(&signed, Troubles { login: true, ..Troubles::default() }, "a page to log in");
    check(&web.replace("http://", "http://me:hunter2@"), failing(401, "none"), "asks who you are");
    check(&scene.bucket.url("/b/none.png"), Troubles::default(), "there is no such object");
    scene.bucket.put("/b/empty.mcap", Vec::new());
    check("s3://b/empty.mcap", Troubles::default(), "the file is empty (0 bytes)");
    check("s3://", Troubles::default(), "names no bucket");
    check("s3://b/drives/", Troubles::default(), "nothing lies below it");
    check(&scene.bucket.url("/b/"), Troubles::default(), "this is a folder, name one");
    // A port at which nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    check(&format!("http://127.0.0.1:{free}/a.mcap?sig=hunter2"), Troubles::default(), "cannot be reached");
}

#[test]
fn presigned_addresses_are_sent_to_the_byte_and_never_printed() {
    let scene = Scene::new();
    scene.bucket.put("/b/a%2Bb%20c.mcap", drive(true));
    let url = format!("{}?X-Amz-Date=1%2F2&X-Amz-Signature=hunter2", scene.bucket.url("/b/a%2Bb%20c.mcap"));
    let told = scene.ends(&["info", &url], 0);
    assert!(told.contains("/front") && !told.contains("hunter2"), "{told}");
    let seen = scene.bucket.seen();
    assert!(
        seen.iter().all(|one| one.target == "/b/a%2Bb%20c.mcap?X-Amz-Date=1%2F2&X-Amz-Signature=hunter2")
    );
    let user = url.replace("http://", "http://me:pass%20word@");
    scene.ends(&["info", &user], 0);
    let seen = scene.bucket.seen();
    assert!(seen.iter().all(|one| one.headers["authorization"] == "Basic bWU6cGFzcyB3b3Jk"));
}

#[test]
fn files_without_an_index_are_downloaded() {
    let scene = Scene::with(drive(false));
    let url = scene.url();
    for index in ["0", "59"] {
        let expected = scene.frame(text(&scene.local), &["--index", index]);
        assert_eq!(scene.frame(&url, &["--index", index]), expected);
    }
    let (_, bytes) = traffic(&scene.bucket.seen());
    assert!(bytes < scene.size + 3_000_000, "fetched once: {bytes} of {}", scene.size);
    // So are files of other formats, by their names.
    let png = noise(7).to_png().unwrap();
    scene.bucket.put("/b/seven.png", png.clone());
    assert_eq!(scene.frame("s3://b/seven.png", &["--index", "0"]), {
        let local = scene.place.path().join("seven.png");
        fs::write(&local, png).unwrap();
        scene.frame(text(&local), &["--index", "0"])
    });
    scene.bucket.put("/b/table.csv", b"time,speed\n0,1\n1,2\n".to_vec());
    let told = scene.ends(&["info", "s3://b/table.csv"], 0);
    assert!(told.contains("speed"), "{told}");
    // A cut file is read as far as it goes.
    let whole = drive(true);
    scene.bucket.put("/b/cut.mcap", whole[..whole.len() / 2].to_vec());
    let told = scene.ends(&["info", "s3://b/cut.mcap"], 0);
    assert!(told.contains("truncated"), "{told}");
}

#[test]
fn the_cache_has_a_limit_and_the_oldest_go_first() {
    let scene = Scene::new();
    for name in ["1", "2", "3"] {
        scene.bucket.put(&format!("/b/{name}.bin.csv"), {
            let mut table = b"time,value\n".to_vec();
            for row in 0..100_000 {
                table.extend(format!("{row},{name}\n").bytes());
            }
            table
        });
    }
    for name in ["1", "2", "3"] {
        let url = format!("s3://b/{name}.bin.csv");
        let output = scene.command().args(["info", &url]).env("HARDCASE_CACHE_GB", "0.001").output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
        // Times of files on some disks are not finer.
        std::thread::sleep(Duration::from_millis(20));
    }
    let kept: Vec<String> = fs::read_dir(scene.place.path().join("cache/objects"))
        .unwrap()
        .flatten()
        .flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten())
        .map(|file| file.file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, ["3.bin.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let scene = Scene::new();
    // It says that it was skipped where nothing can be mounted.
    let Some(small) = Mounted::new("size=600k") else { return };
    let output = scene.place.path().join("frame.png");
    let args = ["frame", &scene.url(), "--index", "20", "-o", text(&output)];
    let output = scene.command().args(args).env("HARDCASE_CACHE", small.0.path()).output().unwrap();
    let told = shown(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("could not write the cache of remote files"), "{told}");
}
