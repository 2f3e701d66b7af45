// How the report is made; what changes from report to report stands in settings.json beside this file.

import { readFileSync } from "node:fs";

const settings = JSON.parse(readFileSync(new URL("settings.json", import.meta.url), "utf-8"));

const of = (environment) => ({ labels }) =>
  labels.some(({ name, value }) => name === "environment" && value === environment);

const environments = Object.fromEntries(
  settings.environments.map(({ id, name, label }) => [id, { name, matcher: of(label) }]),
);

export default {
  name: settings.title,
  output: settings.output,
  historyPath: settings.history,
  historyLimit: settings.limit,
  // Said by the environment's own section already.
  hideLabels: ["environment", "epic", "feature", "parentSuite", "suite", "host", "thread"],
  categories: settings.categories,
  environments,
  plugins: {
    awesome: {
      options: {
        singleFile: true,
        reportLanguage: "en",
        groupBy: ["subSuite"],
      },
    },
  },
};
