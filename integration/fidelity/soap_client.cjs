// Drives the fake Alarm.com server with npm's soap package. Reads a job as JSON
// from standard input, as soap_client.py does: {soap12, calls: [{url, service, op,
// auth, args}]}. Writes a list of {result} or {fault} to standard output.
// The package reads the contract from the server itself, at ?wsdl.
'use strict';

const fs = require('node:fs');
const soap = require('soap');

const namespace = 'http://www.alarm.com/WebServices';

// faultOf reads a fault of either version of SOAP, as the package hands it over.
function faultOf(error) {
  const fault = error.root?.Envelope?.Body?.Fault;
  if (!fault) throw error;
  if (fault.Code) {
    const text = fault.Reason.Text;
    return { code: fault.Code.Value, text: text.$value ?? text };
  }
  return { code: fault.faultcode, text: fault.faultstring };
}

async function call(client, { service, op, auth, args }, soap12) {
  client.clearSoapHeaders();
  if (auth) client.addSoapHeader({ Authentication: auth }, '', 'tns', namespace);
  const port = client[service][service + (soap12 ? 'Soap12' : 'Soap')];
  return new Promise((resolve, reject) => {
    port[op](args, (error, result) => {
      if (!error) {
        resolve({ result: result?.[op + 'Result'] ?? null });
        return;
      }
      try {
        resolve({ fault: faultOf(error) });
      } catch (other) {
        reject(other);
      }
    });
  });
}

async function main() {
  const job = JSON.parse(fs.readFileSync(0, 'utf8'));
  const clients = {};
  const answers = [];
  for (const c of job.calls) {
    const address = `${c.url}/${c.service}.asmx?wsdl`;
    clients[address] ??= await soap.createClientAsync(address, {
      forceSoap12Headers: job.soap12,
      preserveWhitespace: true,
    });
    answers.push(await call(clients[address], c, job.soap12));
  }
  fs.writeSync(1, JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
