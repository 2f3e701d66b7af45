"use strict";

const byId = (id) => document.getElementById(id);
const FIGURES = ["total_users", "total_commands_today", "quotas_exceeded_today", "average_throttle_factor"];
const RULES = "/api/admin/quotas/rules";
const SLOWEST_RETRY = 30000;
let retry = 1000;

function say(text, bad) {
  byId("message").textContent = text;
  byId("message").classList.toggle("bad", Boolean(bad));
}

function showFigures(figures) {
  for (const name of FIGURES) {
    if (typeof figures[name] === "number") byId(name).textContent = figures[name].toLocaleString("en");
  }
}

function cell(text, className) {
  const element = document.createElement("td");
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

function rowOf(rule) {
  const row = document.createElement("tr");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Delete";
  const kind = cell(rule.CommandType);
  kind.id = `rule-${rule.ID}`;
  button.setAttribute("aria-describedby", kind.id);
  button.addEventListener("click", () => remove(rule.ID, button));
  const action = document.createElement("td");
  action.append(button);
  row.append(
    kind, cell(rule.UserID ?? "everyone"), cell(rule.DailyLimit, "number"),
    cell(rule.WeeklyLimit, "number"), cell(rule.MonthlyLimit, "number"), cell(rule.Enabled ? "yes" : "no"), action,
  );
  return row;
}

async function call(method, path, body) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (byId("token").value) headers.Authorization = `Bearer ${byId("token").value}`;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status === 401) byId("token-label").hidden = false;
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(value?.error ?? `the server answered ${answer.status}`);
  return value;
}

async function showRules() {
  const found = await call("GET", RULES);
  const rules = [...found.global_rules, ...found.user_specific_rules];
  byId("rules").replaceChildren(...rules.map(rowOf));
  byId("count").textContent = found.total_rules;
  byId("empty").hidden = rules.length > 0;
}

async function add(event) {
  event.preventDefault();
  const data = new FormData(byId("form"));
  const number = (name) => (data.get(name) === "" ? null : Number(data.get(name)));
  const rule = {
    CommandType: data.get("CommandType").trim(),
    DailyLimit: number("DailyLimit"),
    WeeklyLimit: number("WeeklyLimit"),
    MonthlyLimit: number("MonthlyLimit"),
    Enabled: true,
  };
  byId("add").disabled = true;
  try {
    await call("POST", RULES, rule);
    await showRules();
    say("Rule added.");
    byId("form").elements.CommandType.value = "";
  } catch (error) {
    say(`Not added: ${error.message}`, true);
  } finally {
    byId("add").disabled = false;
  }
}

async function remove(id, button) {
  button.disabled = true;
  try {
    await call("DELETE", `${RULES}/${id}`);
    await showRules();
    say("Rule deleted.");
  } catch (error) {
    button.disabled = false;
    say(`Not deleted: ${error.message}`, true);
  }
}

function live(text, on) {
  byId("live").textContent = `Live: ${text}`;
  byId("live").classList.toggle("on", on);
}

function listen() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws/admin/quotas`);
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(event.data);
    live("connected", true);
    retry = 1000;
    if (message.type === "stats") showFigures(message.data);
  });
  socket.addEventListener("close", () => {
    live("disconnected", false);
    setTimeout(listen, retry);
    retry = Math.min(retry * 2, SLOWEST_RETRY);
  });
}

async function begin() {
  byId("form").addEventListener("submit", add);
  listen();
  try {
    showFigures(await call("GET", "/api/admin/quotas/status"));
    await showRules();
    const health = await call("GET", "/health");
    byId("environment").textContent = `${health.environment} ${health.version}`;
    byId("environment").hidden = false;
  } catch (error) {
    say(`The figures cannot be read: ${error.message}`, true);
  }
}

begin();
