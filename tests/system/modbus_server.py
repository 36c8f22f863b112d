#!/usr/bin/python3
"""modbus_server.py PORT: one unit of pymodbus, 200 registers that can be written."""
import logging
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                ModbusSlaveContext)
from pymodbus.server import StartTcpServer

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
block = ModbusSequentialDataBlock(0, [0] * 200)
unit = ModbusSlaveContext(hr=block, ir=block, zero_mode=True)
StartTcpServer(context=ModbusServerContext(slaves=unit, single=True),
               address=("127.0.0.1", int(sys.argv[1])), allow_reuse_address=True)
