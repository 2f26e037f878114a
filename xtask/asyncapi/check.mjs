// Validates an AsyncAPI document with the specification's own parser, and each example in it against its schema.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";

const [path] = process.argv.slice(2);
const { document, diagnostics } = await new Parser().parse(await readFile(path, "utf8"));
const problems = diagnostics
  .filter(({ severity }) => severity <= 1)
  .map(({ path: where, message }) => `${where.join(".")}: ${message}`);

const ajv = new Ajv({ strict: false, formats: { uuid: true } });
let examples = 0;
for (const message of document?.allMessages() ?? []) {
  const validate = ajv.compile(message.payload().json());
  for (const example of message.examples()) {
    examples += 1;
    if (!validate(example.payload())) {
      problems.push(`example of ${message.name()}: ${ajv.errorsText(validate.errors)}`);
    }
  }
}

if (problems.length > 0 || examples === 0) {
  console.error(problems.join("\n") || "no examples");
  process.exit(1);
}
console.log(`${path}: valid, ${document.allOperations().length} operations, ${examples} examples`);
