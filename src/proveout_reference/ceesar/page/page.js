// The page: lists problems, shows one, runs and submits its code. Whatever comes from outside is set as text.
"use strict";

const MAIN_FILES = {
  python: "Main.py", javascript: "Main.js", typescript: "Main.ts", java: "Main.java", cpp: "Main.cpp",
  c: "Main.c", go: "main.go", rust: "main.rs", swift: "main.swift", ruby: "main.rb", bash: "script.sh",
  sh: "script.sh", sql: "script.sql",
};
const FIRST_OUTPUT = "Run your code to see output here...";
const WELCOME = "Select a problem from the sidebar to get started";
const AT_SUBMIT = { AC: "accepted", WA: "wrong answer", RE: "runtime error", IE: "not judged" };

const state = { problems: [], problem: null, part: null, drafts: new Map(), asked: 0 };
const $ = (id) => document.getElementById(id);

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server cannot be reached.");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Error((answer && answer.error) || `The server answered with status ${response.status}.`);
  }
  return answer;
}

// The list

function showList() {
  const words = $("search").value.trim().toLowerCase();
  const found = state.problems.filter((problem) => problem.Title.toLowerCase().includes(words));
  $("problems").replaceChildren(...found.map(rowOf));
  $("list-message").textContent = found.length ? "" : words ? "No problem has this title." : "There are no problems yet.";
}

function rowOf(problem) {
  const button = element("button", problem.Title);
  button.type = "button";
  if (state.problem && state.problem.ID === problem.ID) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => { location.hash = `problem=${encodeURIComponent(problem.ID)}`; });
  const row = document.createElement("li");
  row.append(button);
  return row;
}

// One problem

function chosenId() {
  const match = /^#problem=(.+)$/.exec(location.hash);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

async function openChosen() {
  const id = chosenId();
  const asked = (state.asked += 1);
  let problem = null;
  let failure = "";
  if (id !== null) {
    try {
      problem = await ask(`/api/problem/${encodeURIComponent(id)}`);
    } catch (error) {
      failure = `This problem cannot be shown: ${error.message}`;
    }
    if (asked !== state.asked) return; // another one was chosen meanwhile
  }
  state.problem = problem;
  state.part = problem && problem.IsMultiPart && problem.Parts?.length ? problem.Parts[0] : null;
  $("problem").hidden = !problem;
  $("welcome").hidden = Boolean(problem);
  $("welcome").textContent = failure || WELCOME;
  if (problem) showProblem();
  showList();
}

function showProblem() {
  const { problem } = state;
  $("title").textContent = problem.Title;
  const parts = problem.IsMultiPart ? problem.Parts || [] : [];
  $("parts").hidden = parts.length === 0;
  $("parts").replaceChildren(...parts.map(partButton));
  $("language").replaceChildren(...problem.Languages.map((name) => element("option", name)));
  showPart();
}

function partButton(part) {
  const button = element("button", `Part ${part.partNumber}`);
  button.type = "button";
  button.addEventListener("click", () => { state.part = part; showPart(); });
  return button;
}

function showPart() {
  const { problem, part } = state;
  [...$("parts").children].forEach((button, index) => {
    button.setAttribute("aria-pressed", String(problem.Parts[index] === part));
  });
  $("statement").textContent = part ? `${problem.Statement}\n\n${part.statement || ""}` : problem.Statement;
  showCode();
  showOutput(FIRST_OUTPUT);
  $("result").hidden = true;
}

function draftKey() {
  return JSON.stringify([state.problem.ID, state.part && state.part.partNumber, $("language").value]);
}

function showCode() {
  const language = $("language").value;
  const stubOfPart = state.part && (typeof state.part.stub === "string" ? state.part.stub : state.part.stub?.[language]);
  $("editor").value = state.drafts.get(draftKey()) ?? stubOfPart ?? state.problem.Stub[language] ?? "";
}

// Running and judging

function program() {
  const language = $("language").value;
  return { language, files: { [MAIN_FILES[language] || "main"]: $("editor").value } };
}

function showOutput(text, error = "") {
  $("output").replaceChildren(text);
  if (error) $("output").append(text && !text.endsWith("\n") ? "\n" : "", element("span", error, "error"));
}

async function whileBusy(work) {
  const buttons = [$("run"), $("submit")];
  const { problem, part } = state;
  const stillShown = () => state.problem === problem && state.part === part;
  buttons.forEach((button) => { button.disabled = true; });
  try {
    await work(stillShown);
  } catch (error) {
    if (stillShown()) showOutput("", error.message);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

function run() {
  return whileBusy(async (stillShown) => {
    $("result").hidden = true;
    showOutput("Running...");
    const input = $("input");
    const answer = await ask("/api/run", { ...program(), input: input ? input.value : "" });
    if (stillShown()) showOutput(answer.result || (answer.error ? "" : "The program printed nothing."), answer.error);
  });
}

function submit() {
  return whileBusy(async (stillShown) => {
    $("result").hidden = true;
    showOutput("Judging...");
    const body = { ...program(), problemId: state.problem.ID };
    if (state.part) body.PartNumber = state.part.partNumber;
    const answer = await ask("/api/submit", body);
    if (stillShown()) showVerdict(answer);
  });
}

function showVerdict({ verdict, tests }) {
  const right = tests.filter((test) => test.status === "AC").length;
  showOutput(`${right} of ${tests.length} tests right.`);
  $("verdict").textContent = verdict;
  $("verdict").className = `verdict ${verdict === "Accepted" ? "good" : "bad"}`;
  const body = $("tests").tBodies[0];
  body.replaceChildren(...tests.map((test) => {
    const row = document.createElement("tr");
    const status = element("td", test.status, test.status === "AC" ? "good" : "bad");
    status.title = AT_SUBMIT[test.status] || "";
    row.append(element("td", test.name), status, element("td", `${test.time_ms} ms`), element("td", test.message || ""));
    return row;
  }));
  $("result").hidden = false;
}

function toggleInput() {
  const shown = $("input");
  $("add-input").setAttribute("aria-expanded", String(!shown));
  $("add-input").textContent = shown ? "Add input" : "Remove input";
  if (shown) {
    shown.remove();
    return;
  }
  const area = element("textarea", "");
  area.id = "input";
  area.setAttribute("aria-label", "Program input");
  area.placeholder = "What the program reads when you run it";
  $("input-place").append(area);
  area.focus();
}

async function start() {
  $("search").addEventListener("input", showList);
  $("language").addEventListener("change", showCode);
  $("editor").addEventListener("input", () => state.drafts.set(draftKey(), $("editor").value));
  $("run").addEventListener("click", run);
  $("submit").addEventListener("click", submit);
  $("add-input").addEventListener("click", toggleInput);
  window.addEventListener("hashchange", openChosen);
  ask("/api/config").then((config) => {
    $("environment").textContent = config.environment;
    $("environment").hidden = false;
  }, () => {}); // only a label; what matters reports its own failure
  try {
    state.problems = await ask("/api/problems");
    await openChosen();
  } catch (error) {
    $("list-message").textContent = `The problems cannot be listed: ${error.message}`;
  }
}

start();
