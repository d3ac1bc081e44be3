/** Fields as lines: "made.prompt: a cat", and further lines of a text below, moved in. */
export function fieldLines(fields: object, path = ""): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? fieldLines(value, `${path}${name}.`)
      : `${path}${name}: ${String(value).replaceAll("\n", "\n  ")}`
  );
}
