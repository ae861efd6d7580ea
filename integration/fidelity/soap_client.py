"""Drives the fake Alarm.com server with zeep.

Reads a job as JSON from standard input, as soap_client.cjs does:
{soap12, calls: [{url, service, op, auth, args}]}. Writes a list of {result} or
{fault} to standard output. zeep reads the contract from the server itself, at
?wsdl.
"""

import datetime
import decimal
import json
import sys

import zeep
import zeep.helpers


def plain(value):
    """What JSON has no form for."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def main():
    job = json.load(sys.stdin)
    clients, answers = {}, []
    for call in job["calls"]:
        name = call["service"]
        address = f"{call['url']}/{name}.asmx?wsdl"
        if address not in clients:
            clients[address] = zeep.Client(address)
        port = name + ("Soap12" if job["soap12"] else "Soap")
        operation = clients[address].bind(name, port)[call["op"]]
        headers = {"Authentication": call["auth"]} if call["auth"] else {}
        try:
            result = operation(**call["args"], _soapheaders=headers)
            answers.append({"result": zeep.helpers.serialize_object(result, dict)})
        except zeep.exceptions.Fault as fault:
            answers.append({"fault": {"code": fault.code, "text": fault.message}})
    json.dump(answers, sys.stdout, default=plain)


main()
