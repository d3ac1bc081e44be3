// Loaded only by the command `batch`, with a CSV file.
export { CsvError, parse as parseCsv } from "npm:csv-parse@7.0.3/sync";
