// Validates documents with npm's jsonapi-validator. Reads a list of
// {create, document} as JSON from standard input and writes a list of lists of
// what is wrong. The package's schema is of replies; a client that creates a
// resource gives it no id (JSON:API 1.1, "Creating Resources"), so for a document
// with create the primary resource needs none, and may have none.
'use strict';

const fs = require('node:fs');
const { Validator } = require('jsonapi-validator');
const schema = require('jsonapi-validator/lib/schema.json');

function forCreate() {
  const s = structuredClone(schema);
  const fresh = structuredClone(s.definitions.resource);
  fresh.required = ['type'];
  delete fresh.properties.id;
  s.definitions.fresh = fresh;
  s.definitions.success.properties.data = { $ref: '#/definitions/fresh' };
  return s;
}

const replies = new Validator();
const creates = new Validator(forCreate());

function problems({ create, document }) {
  try {
    (create ? creates : replies).validate(document);
    return [];
  } catch (error) {
    if (!error.errors) throw error;
    return error.errors.map((e) => `${e.dataPath} ${e.message}`);
  }
}

fs.writeSync(1, JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(problems)));
