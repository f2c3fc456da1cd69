//! Relations between the answers of search engines: an honest one, and ones that break exactly one relation each.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::sample;
use serde_json::{Value, json};

/// Fault of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Any of the terms is enough.
    AnyTerm,
    /// Only the first of two terms counts.
    OnlyFirst,
    /// What is excluded is found all the same.
    KeepsExcluded,
    /// Every second response has one result more.
    Wavers,
    /// It is busy at first.
    Busy,
    /// It fails.
    Fails,
    /// It shows a login page.
    LoginPage,
}

const DOCUMENTS: [&str; 6] =
    ["brake light broken", "light of the brake", "brake", "horn and light", "brake light", "nothing"];

/// The documents that fit a query like `brake "light horn" -broken`.
fn found(query: &str, fault: Fault) -> Vec<usize> {
    let mut parts: Vec<&str> = query
        .split('"')
        .enumerate()
        .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect();
    if fault == Fault::OnlyFirst {
        parts.truncate(1);
    }
    let fits = |text: &str, part: &str| match part.strip_prefix('-') {
        Some(_) if fault == Fault::KeepsExcluded => true,
        Some(word) => !text.split(' ').any(|own| own == word),
        None if part.contains(' ') => text.contains(part),
        None => text.split(' ').any(|own| own == part),
    };
    (0..DOCUMENTS.len())
        .filter(|at| {
            let mut all = parts.iter().map(|part| fits(DOCUMENTS[*at], part));
            if fault == Fault::AnyTerm { all.any(|fits| fits) } else { all.all(|fits| fits) }
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn serve(stream: &TcpStream, fault: Fault, asked: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            if header.trim().is_empty() {
                break;
            }
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let query = decoded(line.split(' ').nth(1).unwrap().split_once("q=").unwrap().1);
        let mut ids: Vec<Value> = found(&query, fault).into_iter().map(|id| json!({ "id": id })).collect();
        if fault == Fault::Wavers && number % 2 == 1 {
            ids.push(json!({ "id": "extra" }));
        }
        let body = json!({ "total": ids.len(), "hits": ids }).to_string();
        let (status, body) = match fault {
            Fault::Busy if number < 2 => (503, "busy".to_owned()),
            Fault::Fails => (500, "broken".to_owned()),
            Fault::LoginPage => (200, "<html>log in</html>".to_owned()),
            Fault::None
            | Fault::AnyTerm
            | Fault::OnlyFirst
            | Fault::KeepsExcluded
            | Fault::Wavers
            | Fault::Busy => (200, body),
        };
        let mut stream = stream;
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn run(fault: Fault) -> (i32, Value, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let asked = Arc::clone(&asked);
            std::thread::spawn(move || serve(&stream.unwrap(), fault, &asked));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let engine = folder.path().join("engine.toml");
    let url = format!("http://user:secret@{address}/search?q={{query}}");
    fs::write(&engine, format!("url = \"{url}\"\ncount = \"/total\"\nids = \"/hits/*/id\"\n")).unwrap();
    let engine = engine.to_str().unwrap();
    retrieval(&[engine, "--query", "brake light", "--query", "light horn", "--jobs", "1", "--json", "-"])
}

fn retrieval(arguments: &[&str]) -> (i32, Value, String) {
    let output = Process::new(env!("CARGO_BIN_EXE_hardcase"))
        .args(["text", "retrieval"])
        .args(arguments)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), err)
}

/// Relations with a broken pair.
fn broken(report: &Value) -> Vec<String> {
    let relations = report["relations"].as_array().unwrap().iter();
    let bad = relations.filter(|relation| !relation["broken"].as_array().unwrap().is_empty());
    bad.map(|relation| relation["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_fault_breaks_its_relations_and_an_honest_engine_none() {
    for (fault, relations) in [
        (Fault::None, &[][..]),
        (Fault::AnyTerm, &["narrowing", "exclusion", "exclusion_narrows"]),
        (Fault::OnlyFirst, &["order", "exclusion", "swapped_quotes"]),
        (Fault::KeepsExcluded, &["exclusion"]),
        (Fault::Busy, &[]),
    ] {
        let (code, report, err) = run(fault);
        assert_eq!(code, i32::from(!relations.is_empty()), "{fault:?}: {err}");
        assert_eq!(broken(&report), relations, "{fault:?}: {report}");
        for relation in report["relations"].as_array().unwrap() {
            assert_eq!(relation["judged"], 2, "{fault:?}: {relation}");
        }
    }
}

#[test]
fn an_engine_that_wavers_is_given_the_benefit_of_the_doubt() {
    // Each query is asked twice, once with one more result.
    let (code, report, err) = run(Fault::Wavers);
    assert_eq!((code, broken(&report)), (0, Vec::new()), "{err}");
}

#[test]
fn an_engine_that_does_not_answer_is_no_pass_and_shows_no_password() {
    for (fault, told) in [(Fault::Fails, "returned 500"), (Fault::LoginPage, "not JSON")] {
        let (code, report, err) = run(fault);
        assert!(code == 3 && err.contains(told), "{fault:?}: {code} {err}");
        assert!(!err.contains("secret") && !report.to_string().contains("secret"), "{err}");
    }
}

#[test]
fn texts_of_this_machine_are_an_engine_too() {
    let notes = sample("notes/clips/notes.csv");
    let notes = notes.to_str().unwrap();
    let (code, report, err) = retrieval(&[notes, "--query", "the light", "--json", "-"]);
    assert_eq!((code, broken(&report)), (0, Vec::new()), "{err}");
    for (arguments, told) in [
        (&[notes][..], "no query"),
        (&[notes, "--query", "light"], "has one term"),
        (&[notes, "--query", "a -b"], "no plain term"),
    ] {
        let (code, _, err) = retrieval(arguments);
        assert!(code == 2 && err.contains(told), "{arguments:?}: {code} {err}");
    }
}
