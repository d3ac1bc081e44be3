export { default } from "npm:@cornerstonejs/codec-libjpeg-turbo-8bit@1.2.8/wasmjs";
