export { default as createDecoder } from "npm:@jsquash/webp@1.5.0/codec/dec/webp_dec.js";
export { default as createEncoder } from "npm:@jsquash/webp@1.5.0/codec/enc/webp_enc_simd.js";
export { defaultOptions } from "npm:@jsquash/webp@1.5.0/meta.js";
