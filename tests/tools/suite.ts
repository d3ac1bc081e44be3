/**
 * Runs the tests: all files, or with `quick` only those that are not named in `SLOW`. It checks no
 * types, since `deno check` does it for all files at once.
 *
 *     deno run -A tests/tools/suite.ts [quick] [a flag of deno test]...
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Files that take three seconds of a processor or more when they run alone, or that start a browser
 * or a database. `deno task ok` leaves them out. The longest first: they are run in this order and
 * before all others, so that none of them is left over when the other cores have nothing to do.
 */
export const SLOW: readonly string[] = [
  "tests/page/page_test.ts",
  "tests/bundle_test.ts",
  "tests/replicas_test.ts",
  "tests/round_robin_test.ts",
  "tests/page/view_test.ts",
  "tests/mcp/jobs_test.ts",
  "tests/crash_test.ts",
  "tests/providers/placeholder/edit_test.ts",
  "tests/lost_bucket_test.ts",
  "tests/several_servers_test.ts",
  "tests/vendors_test.ts",
  "tests/mcp/everyday_requests_test.ts",
  "tests/storage/postgres/postgres_records_test.ts",
  "tests/http/shared_sessions_test.ts",
  "tests/clients_test.ts",
  "tests/mcp/limits_test.ts",
  "tests/images/preview_test.ts",
  "tests/jobs/shared_queue_test.ts",
  "tests/jobs/shared_jobs_test.ts",
  "tests/images_api_test.ts",
  "tests/page/many_pictures_test.ts",
  "tests/providers/every_provider_test.ts",
  "tests/mcp/edit_image_test.ts",
  "tests/mcp/result_test.ts",
  "tests/commands/generate_test.ts",
  "tests/crash_edit_test.ts",
  "tests/mcp/compare_images_test.ts",
  "tests/providers/placeholder/cutout_test.ts",
  "tests/images/svg_test.ts",
  "tests/commands/edit_test.ts",
  "tests/permissions_test.ts",
  "tests/mcp/tools_test.ts",
  "tests/commands/private_files_test.ts",
  "tests/sign_in_test.ts",
  "tests/page/script_test.ts",
  "tests/images/check_test.ts",
  "tests/providers/placeholder_test.ts",
  "tests/config/trust_test.ts",
  "tests/foreign_folder_test.ts",
  "tests/mcp/train_model_test.ts",
  "tests/upload_page_test.ts",
  "tests/url_test.ts",
  "tests/storage/local/database_test.ts",
  "tests/page/answer_test.ts",
  "tests/mcp/generate_batch_test.ts",
  "tests/commands/migrate_test.ts",
  "tests/mcp/plain_request_test.ts",
  "tests/image_store_test.ts",
  "tests/local_engines_test.ts",
  "tests/service/formats_test.ts",
  "tests/mcp/render_svg_test.ts",
  "tests/mcp/stdio_test.ts",
  "tests/mcp/result_style_test.ts",
  "tests/main_test.ts",
  "tests/mcp/read_metadata_test.ts",
  "tests/providers/openai_edit_test.ts",
  "tests/mcp/early_previews_test.ts",
  "tests/images/fuzz_test.ts",
  "tests/providers/bounds_test.ts",
  "tests/commands/preview_test.ts",
  "tests/uploads_test.ts",
  "tests/batch_crash_test.ts",
  "tests/commands/library_test.ts",
  "tests/consent_page_test.ts",
  "tests/commands/templates_test.ts",
  "tests/owners_test.ts",
  "tests/inputs/keep_inputs_test.ts",
  "tests/storage/postgres/postgres_common_records_test.ts",
  "tests/storage/postgres/postgres_announcements_test.ts",
  "tests/storage/postgres/connections_test.ts",
  "tests/storage/postgres/pgbouncer_test.ts",
  "tests/storage/postgres/queue_engine_test.ts",
  "tests/storage/postgres/postgres_search_test.ts",
  "tests/service/shared_service_test.ts",
  "tests/images/put_back_test.ts",
  "tests/mcp/library_test.ts",
  "tests/mcp/transform_image_test.ts",
  "tests/commands/doctor/database_test.ts",
];

/** The path of every test file from the root of the repository, in the order of names. */
export async function testFiles(): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(`${ROOT}/${folder}`)) {
      if (isDirectory) await walk(`${folder}/${name}`);
      else if (name.endsWith("_test.ts")) found.push(`${folder}/${name}`);
    }
  };
  await walk("tests");
  return found.sort();
}

/** The exit status of `deno test`. */
async function main([first, ...others]: readonly string[]): Promise<number> {
  const isQuick = first === "quick";
  const flags = isQuick || first === undefined ? others : [first, ...others];
  const quick = (await testFiles()).filter((file) => !SLOW.includes(file));
  const files = isQuick ? quick : [...SLOW, ...quick];
  // Tests wait for processes and timers, too: one file more than there are cores uses the gaps.
  const jobs = Deno.env.get("DENO_JOBS") ?? String(navigator.hardwareConcurrency + 1);
  const test = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...LOOKS, ...SANITIZERS, "--parallel", ...flags, ...files],
    cwd: ROOT,
    env: { DENO_JOBS: jobs },
  });
  return (await test.spawn().status).code;
}

const LOOKS = ["--quiet", "--reporter=dot"];
/** They find what a test leaves behind: timers, sockets, files. */
const SANITIZERS = ["--sanitize-ops", "--sanitize-resources"];

if (import.meta.main) Deno.exit(await main(Deno.args));
