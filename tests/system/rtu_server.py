#!/usr/bin/python3
"""rtu_server.py PORT: units of pymodbus that speak RTU over TCP, as behind a DTU."""
import logging
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                ModbusSlaveContext)
from pymodbus.server import StartTcpServer
from pymodbus.transaction import ModbusRtuFramer

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
units = {n: ModbusSlaveContext(hr=ModbusSequentialDataBlock(0, [100 * n + i for i in range(200)]),
                               zero_mode=True) for n in (1, 2)}
StartTcpServer(context=ModbusServerContext(slaves=units, single=False), framer=ModbusRtuFramer,
               address=("127.0.0.1", int(sys.argv[1])), allow_reuse_address=True)
