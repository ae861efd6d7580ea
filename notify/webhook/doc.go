// Package webhook tells a receiver of the ends of runs, and of long waits, by signed
// HTTP requests, and verifies them there.
//
// A request is a POST with a JSON body, a [Message], and these headers, which are those
// of Standard Webhooks, so that its libraries verify it too:
//
//	Webhook-Id         the notice; Idempotency-Key has the same
//	Webhook-Timestamp  seconds since 1970, of this attempt
//	Webhook-Signature  for each key "v1," and the base64 of HMAC-SHA256 over id, ".", timestamp, "." and body, parted by blanks
//
// A [Notifier] repeats within its half minute what may pass: no connection, no reply in
// time, 408, 425, 429 and 5xx. Then it returns the error, and the importer repeats the
// notice later, with the same id. So a receiver gets a notice at least once, and does
// nothing when an id comes again; a [Verifier] tells who sent it and when.
package webhook
