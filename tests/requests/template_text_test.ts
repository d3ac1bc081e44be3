import assert from "node:assert/strict";
import { expandTemplate, variablesIn } from "../../src/requests/template_text.ts";

Deno.test("gaps are filled, in any language, and the same name in all its places", () => {
  const text = "A {animal} and another {animal} in {城市}";
  assert.deepEqual(variablesIn(text), ["animal", "城市"]);
  assert.equal(
    expandTemplate(text, { animal: "cat", 城市: "上海" }),
    "A cat and another cat in 上海",
  );
});

Deno.test("braces that are no gap stay, and two braces write one that is none", () => {
  const text = 'As JSON {"a": 1}, {}, { x }, {{animal}}: {animal}';
  assert.deepEqual(variablesIn(text), ["animal"]);
  assert.equal(
    expandTemplate(text, { animal: "cat" }),
    'As JSON {"a": 1}, {}, { x }, {animal}: cat',
  );
});

Deno.test("a value is text, whatever it looks like", () => {
  assert.equal(expandTemplate("{a}{b}", { a: "{b}", b: "$& $1" }), "{b}$& $1");
});

Deno.test("every missing and every unknown variable is named, with what there is", () => {
  assert.throws(() => expandTemplate("{animal} {place}", {}), {
    code: "invalid_parameters",
    message: "Cannot fill the template: the variables 'animal', 'place' are missing",
  });
  assert.throws(() => expandTemplate("{animal}", { animl: "cat" }), {
    message: "Cannot fill the template: the variable 'animal' is missing; " +
      "it has no variable 'animl', did you mean 'animal'?",
  });
  assert.throws(() => expandTemplate("A cat", { size: "1" }), {
    message: "Cannot fill the template: it has no variable 'size', it has none",
  });
  assert.throws(() => expandTemplate("{constructor}", {}), { message: /'constructor' is missing/ });
});

Deno.test("thousands of variables are refused in a short sentence", () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`v${i}`, "x"]));
  assert.throws(
    () => expandTemplate("{a}", many),
    (error: Error) => error.message.length < 500 && /and 4996 more/.test(error.message),
  );
});
