#!/usr/bin/python3
"""modbus_units.py PORT UNIT...: units of pymodbus that say who they are by
functions 17 and 43."""
import logging
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                ModbusSlaveContext)
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartTcpServer

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
units = {}
for n in map(int, sys.argv[2:]):
    block = ModbusSequentialDataBlock(0, [n * 100 + i for i in range(20)])
    units[n] = ModbusSlaveContext(hr=block, ir=block, zero_mode=True)
identity = ModbusDeviceIdentification(info_name={
    "VendorName": "Acme", "ProductCode": "T7", "MajorMinorRevision": "2.5"})
StartTcpServer(context=ModbusServerContext(slaves=units, single=False), identity=identity,
               address=("127.0.0.1", int(sys.argv[1])), allow_reuse_address=True,
               ignore_missing_slaves=True)
