import * as z from "zod";

const uuid = z.uuid();

/** Klarna Network's error object (our notes, §3.6). */
export const networkError = z.strictObject({
  error_id: uuid,
  error_type: z
    .enum(["ACCESS_ERROR", "INPUT_ERROR", "RESOURCE_ERROR", "TECHNICAL_ERROR"])
    .optional(),
  error_code: z.string().regex(/^[A-Z_]{1,64}$/),
  error_message: z.string().min(1).max(2048),
  validation_errors: z
    .array(
      z.strictObject({
        parameter: z.string().min(1).max(256),
        reason: z.string().min(1).max(512),
      }),
    )
    .min(1)
    .optional(),
});

/** The classic APIs' (§3.7). */
export const classicError = z.strictObject({
  correlation_id: uuid,
  error_code: z.string().regex(/^[A-Z_]{1,64}$/),
  error_messages: z.array(z.string().min(1)).min(1),
});
