//! `hardcase mcp` through its door: an exchange over the standard input and output, and the client of the protocol's own package.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use common::copied;
use hardcase::data::image::Image;
use hardcase::project::editor::ProjectEditor;
use serde_json::{Value, json};

/// A running server.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    number: u64,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hardcase"))
            .arg("mcp")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, number: 0 }
    }

    fn line(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.number += 1;
        let number = self.number;
        self.line(&json!({ "jsonrpc": "2.0", "id": number, "method": method, "params": params }).to_string());
        let answer = self.answer();
        assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(number)));
        answer
    }

    /// The value of a tool, or the text of its problem.
    fn call(&mut self, tool: &str, arguments: &Value) -> Result<Value, String> {
        let answer = self.request("tools/call", &json!({ "name": tool, "arguments": arguments }));
        let result = &answer["result"];
        if result["isError"] == true {
            return Err(result["content"][0]["text"].as_str().unwrap().to_owned());
        }
        let mut value = result["structuredContent"].clone();
        assert!(value.is_object(), "{tool}: {answer}");
        if let Some(image) = result["content"].as_array().unwrap().iter().find(|part| part["type"] == "image")
        {
            assert_eq!(image["mimeType"], "image/jpeg");
            value["image"] = image["data"].clone();
        }
        Ok(value)
    }

    fn end(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

fn image(value: &Value) -> Image {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value["image"].as_str().unwrap()).unwrap();
    Image::decode(&bytes).unwrap()
}

#[test]
fn requests_are_answered_as_the_protocol_says() {
    let mut server = Server::start(&[]);
    let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let answer = server.request("initialize", &hello);
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(answer["result"]["serverInfo"]["name"], "hardcase");
    assert!(answer["result"]["capabilities"]["tools"].is_object());
    let newer = server.request("initialize", &json!({ "protocolVersion": "2099-01-01" }));
    assert_eq!(newer["result"]["protocolVersion"], "2025-11-25", "the newest that is spoken");
    // A notification has no answer: the next line is that of the ping.
    server.line("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    assert_eq!(server.request("ping", &json!({}))["result"], json!({}));
    let tools = server.request("tools/list", &json!({}))["result"]["tools"].clone();
    let tools = tools.as_array().unwrap();
    for name in ["open", "look", "tag", "transform", "sweep", "mine", "ask", "save_case", "run_suite", "undo"]
    {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap_or_else(|| panic!("no tool {name}"));
        assert_eq!(tool["inputSchema"]["type"], "object");
        assert!(!tool["description"].as_str().unwrap().is_empty());
    }
    for (line, code) in [
        ("{", -32700),
        ("[]", -32600),
        ("{\"id\":1,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"}", -32601),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"rm\"}}", -32602),
    ] {
        server.line(line);
        assert_eq!(server.answer()["error"]["code"], code, "{line}");
    }
    for (tool, arguments, sentence) in [
        ("open", json!({}), "needs \"paths\""),
        ("open", json!({ "paths": ["/nowhere"] }), "no file or folder"),
        ("look", json!({ "frame": -1 }), "expected a whole number"),
        ("look", json!({ "picture": 1 }), "has no argument \"picture\""),
        ("look", json!({}), "open a recording first"),
        ("transform", json!({ "stack": "frog:1" }), "frog"),
        ("tag", json!({ "kind": "x", "seconds": 1 }), "open a project first"),
        ("run_command", json!({ "title": "Next frames" }), "Next frame"),
    ] {
        let problem = server.call(tool, &arguments).unwrap_err();
        assert!(problem.contains(sentence), "{tool} {arguments}: {problem}");
    }
    server.end();
    let mut server = Server::start(&["--read-only"]);
    let tools = server.request("tools/list", &json!({}))["result"]["tools"].to_string();
    assert!(tools.contains("\"look\"") && !tools.contains("\"save_case\""), "{tools}");
    server.end();
}

#[test]
fn a_failure_counts_after_it_was_seen_again() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lights");
    copied("traffic_lights", &project);
    let mut server = Server::start(&[project.to_str().unwrap()]);
    let state = server.call("state", &json!({})).unwrap();
    assert!(state["model"]["name"].is_string() && state["recording"]["name"].is_string(), "{state}");
    let tag_type = state["project"]["tag_types"][0].as_str().unwrap_or_else(|| panic!("{state}")).to_owned();

    let seen = server.call("look", &json!({ "frame": 1 })).unwrap();
    let original = image(&seen);
    assert_eq!(seen["frame"], 1);
    assert!(seen["prediction_in_words"].is_string(), "{seen}");
    let changed =
        server.call("transform", &json!({ "stack": "brightness:150,fog:0.1", "frame": 1 })).unwrap();
    assert_ne!(image(&changed), original);
    assert_eq!(changed["verdict"]["verdict"], "fail", "{changed}");

    let before = server.call("state", &json!({})).unwrap()["project"]["tags"].clone();
    let tagged =
        server.call("tag", &json!({ "kind": tag_type, "seconds": 0.0, "note": "too bright" })).unwrap();
    assert!(tagged["last_change"].as_str().unwrap().ends_with("(assistant)"), "{tagged}");
    let undone = server.call("undo", &json!({})).unwrap();
    assert_eq!(undone["tags"], before);
    server.call("redo", &json!({})).unwrap();
    let unknown = server.call("tag", &json!({ "kind": "no such type", "seconds": 0.0 })).unwrap_err();
    assert!(unknown.contains(&tag_type), "{unknown}");

    let saved = server.call("save_case", &json!({ "why": "Low sun", "suite": "proposed" })).unwrap();
    assert_eq!(saved["suite"], "proposed");
    assert_eq!(saved["input_sha256"].as_str().unwrap().len(), 64);
    assert!(!saved["stack"].as_str().unwrap().contains("fog"), "minimized: {saved}");
    assert!(saved["last_change"].as_str().unwrap().ends_with("(assistant)"), "{saved}");
    server.call("transform", &json!({ "stack": "brightness:1" })).unwrap();
    let nothing = server.call("save_case", &json!({ "why": "I believe so" })).unwrap_err();
    assert!(nothing.contains("nothing was saved"), "{nothing}");
    let run = server.call("run_suite", &json!({ "suite": "proposed" })).unwrap();
    assert_eq!((&run["failed"], &run["errors"]), (&json!(1), &json!(0)), "{run}");
    let swept = server.call("sweep", &json!({ "stack": "brightness", "levels": 3, "stride": 3 })).unwrap();
    assert!(swept["failures"]["judged"].as_u64().unwrap() > 0, "{swept}");
    let shown = server.call("show_failure", &json!({ "number": 0 })).unwrap();
    assert_eq!(shown["verdict"]["verdict"], "fail", "{shown}");
    let tip = server.call("tipping_point", &json!({})).unwrap();
    assert!(tip["tipping_point"].is_object(), "{tip}");
    server.end();

    let editor = ProjectEditor::open(&project).unwrap();
    let case = editor.project().cases_of("proposed").next().unwrap();
    assert_eq!(case.terms.kept.by, "assistant");
    assert_eq!(case.terms.kept.input_sha256, saved["input_sha256"].as_str().unwrap());
    assert_eq!(case.why, "Low sun");
    let tag = editor.project().tags.last().unwrap();
    assert_eq!((tag.kind.as_str(), tag.note.as_str()), (tag_type.as_str(), "assistant: too bright"));
}

#[test]
fn moments_are_found_and_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("tempe");
    copied("tempe", &project);
    let mut server = Server::start(&[project.to_str().unwrap()]);
    let mined = server.call("mine", &json!({})).unwrap();
    let first = &mined["listed"][0];
    assert!(first["what"].is_string(), "{mined}");
    let frame = server.call("look", &json!({ "seconds": first["peak_seconds"] })).unwrap();
    assert!(image(&frame).width() > 0);
    let asked = server.call("ask", &json!({ "question": "any(track.class(\"person\"))" })).unwrap();
    assert!(asked["found"].is_u64() && asked["listed"].is_array(), "{asked}");
    let wrong = server.call("ask", &json!({ "question": "any(" })).unwrap_err();
    assert!(!wrong.is_empty());
    server.end();
}

/// The script of a client of the package `mcp`.
const CLIENT: &str = "
import asyncio, sys
from mcp import ClientSession, StdioServerParameters, stdio_client
async def main(program, project):
    async with stdio_client(StdioServerParameters(command=program, args=['mcp', project])) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            seen = await session.call_tool('look', {'frame': 1})
            parts = [part.type for part in seen.content]
            wrong = await session.call_tool('look', {'frame': 100000})
            failed = getattr(wrong, 'is_error', None) or getattr(wrong, 'isError', None)
            print(len(tools), 'save_case' in tools, parts, bool(failed))
asyncio.run(main(sys.argv[1], sys.argv[2]))
";

#[test]
fn the_client_of_the_protocol_understands_it() {
    let Some(tools) =
        std::env::var_os("HARDCASE_REPORT_TOOLS").filter(|place| Path::new(place).join("mcp").exists())
    else {
        println!("SKIPPED: the package mcp is not there (HARDCASE_REPORT_TOOLS)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lights");
    copied("traffic_lights", &project);
    let output = Command::new("python3")
        .env("PYTHONPATH", tools)
        .args(["-c", CLIENT, env!("CARGO_BIN_EXE_hardcase")])
        .arg(&project)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("True ['text', 'image'] True"), "{said}");
}
